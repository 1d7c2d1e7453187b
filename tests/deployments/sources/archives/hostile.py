"""Archives that try to write outside, to fill the disk, or to confuse their reader; the name says what each tries."""

import gzip
import tarfile
import warnings

from tests.deployments.sources.archives.making import (
    Tarred,
    gzipped,
    pax_entry,
    raw_size,
    tar_bytes,
    tar_entry,
    tar_link,
    zip_bytes,
    zip_entry,
    zip_link,
)

MIB = 1024 * 1024
HARM = b"harm"
BIG = bytes(3 * MIB)


def _beyond_realpath() -> list[Tarred]:
    """CVE-2025-4517: a path so long that a lenient `realpath` stops following links."""
    name, entries, path = "d" * 247, [], ""
    for step in "abcdefghijklmnop":
        entries += [tar_entry(f"{path}{name}", type=tarfile.DIRTYPE), tar_link(f"{path}{step}", name)]
        path += f"{name}/"
    short = "/".join("abcdefghijklmnop")
    escape = f"{short}/{'l' * 254}"
    return [
        *entries,
        tar_link(escape, "../" * 16),
        tar_link("escape", f"{escape}/../outside"),
        tar_entry("escape/kept", HARM),
    ]


def _patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def _encrypted() -> bytes:
    content = zip_bytes([("secret.txt", HARM)])
    at = content.index(b"PK\x01\x02") + 8
    return content[:6] + b"\x01" + content[7:at] + b"\x01" + content[at + 1 :]


def _lying_size() -> bytes:
    """A directory that claims 10 bytes for what unpacks to three million."""
    content = zip_bytes([("big", BIG)])
    return _patched(content, len(BIG).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def _twice_in_zip() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return zip_bytes([("twice", b"1"), ("twice", b"2")])


HOSTILE: dict[str, tuple[bytes, str]] = {
    "tar climbing": (gzipped([tar_entry("../outside/kept", HARM)]), "leads out"),
    "tar climbing back in": (gzipped([tar_entry("site/../../outside/kept", HARM)]), "leads out"),
    "tar absolute": (gzipped([tar_entry("/tmp/registry-harm", HARM)]), "absolute"),
    "tar absolute link": (gzipped([tar_link("passwd", "/etc/passwd")]), "symbolic link that leads out"),
    "tar link out": (gzipped([tar_link("site/out", "../../outside")]), "symbolic link that leads out"),
    "tar link, then written through": (
        gzipped([tar_link("out", "site"), tar_entry("out/kept", HARM)]),
        "is there twice",
    ),
    "tar file, then a link over it": (gzipped([tar_entry("out", HARM), tar_link("out", "site")]), "is there twice"),
    "tar link chain": (
        gzipped([tar_link("a", "."), tar_link("b", "a/.."), tar_entry("b/outside/kept", HARM)]),
        "symbolic link that leads out",
    ),
    "tar link behind a name": (gzipped([tar_link("a/b", "c/../x"), tar_entry("x", HARM)]), "leads out"),
    "tar links in a circle": (gzipped([tar_link("a", "b"), tar_link("b", "a"), tar_entry("x")]), "leads nowhere"),
    "tar beyond realpath": (gzipped(_beyond_realpath()), "twice|leads|too long"),
    "tar hard link": (gzipped([tar_entry("h", type=tarfile.LNKTYPE, linkname="../outside/kept")]), "hard link"),
    "tar pipe": (gzipped([tar_entry("p", type=tarfile.FIFOTYPE)]), "pipe"),
    "tar device": (gzipped([tar_entry("d", type=tarfile.CHRTYPE, devmajor=1, devminor=3)]), "device"),
    "tar sparse": (gzipped([tar_entry("s", type=tarfile.GNUTYPE_SPARSE)]), "sparse"),
    "tar sparse by extension": (pax_entry(b"22 GNU.sparse.major=1\n"), "sparse"),
    "tar unknown kind": (gzipped([tar_entry("u", type=b"Z")]), "not known"),
    "tar twice": (gzipped([tar_entry("twice", b"1"), tar_entry("twice", b"2")]), "twice"),
    "tar file below a file": (gzipped([tar_entry("a", b"1"), tar_entry("a/b", b"2")]), "twice"),
    "tar link twice": (gzipped([tar_link("a", "x"), tar_link("a", "y"), tar_entry("x")]), "twice"),
    "tar backslash": (gzipped([tar_entry("..\\outside\\kept", HARM)]), "backslash"),
    "tar control character": (gzipped([tar_entry("a\nb", HARM)]), "control character"),
    "tar not UTF-8": (gzipped([tar_entry("a\udcff", HARM)]), "UTF-8"),
    "tar too deep": (gzipped([tar_entry("/".join("a" * 40), HARM)]), "deep"),
    "tar too long": (gzipped([tar_entry("a" * 300, HARM)]), "too long"),
    "tar bomb": (gzipped([tar_entry("big", BIG)]), "larger than"),
    "tar bomb of many": (gzipped([tar_entry(f"{n}", bytes(MIB // 2)) for n in range(5)]), "unpacks to more"),
    "tar bomb behind the end": (gzip.compress(tar_bytes([tar_entry("a")]) + BIG * 2, mtime=0), "unpacks to more"),
    "tar many entries": (gzipped([tar_entry(f"{n}") for n in range(101)]), "more than 100 entries"),
    "zip climbing": (zip_bytes([("../outside/kept", HARM)]), "leads out"),
    "zip absolute": (zip_bytes([("/tmp/registry-harm", HARM)]), "absolute"),
    "zip backslash": (zip_bytes([("..\\outside\\kept", HARM)]), "backslash"),
    "zip link out": (zip_bytes([zip_link("out", "../outside")]), "symbolic link that leads out"),
    "zip link, then written through": (zip_bytes([zip_link("out", "a"), ("out/kept", HARM)]), "is there twice"),
    "zip link of any length": (zip_bytes([zip_link("out", "a" * 5_000)]), "makes no sense"),
    "zip pipe": (zip_bytes([(zip_entry("p", mode=0o010644), b"")]), "device or pipe"),
    "zip twice": (_twice_in_zip(), "twice"),
    "zip bomb": (zip_bytes([("big", BIG)]), "larger than"),
    "zip bomb of many": (zip_bytes([(f"{n}", bytes(MIB // 2)) for n in range(5)]), "unpacks to more"),
    "zip many entries": (zip_bytes([(f"{n}", b"") for n in range(101)]), "more than 100 entries"),
    "zip lying about its size": (_lying_size(), "damaged"),
    "zip encrypted": (_encrypted(), "encrypted"),
    "zip damaged": (zip_bytes([("a", b"a" * 99)])[:-30], "damaged"),
    "zip nothing but its start": (b"PK\x03\x04" + bytes(90), "damaged"),
    "web page": (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
    "text": (b"hello", "neither zip nor tar"),
    "nothing": (b"", "neither zip nor tar"),
    "too large": (gzipped([tar_entry("a")]) + bytes(5 * MIB), "larger than"),
    "no files": (gzipped([tar_entry("a", type=tarfile.DIRTYPE)]), "no files"),
}

BAD_HEADERS: dict[str, tuple[bytes, str]] = {
    "negative size": (raw_size(b"\xff" * 12), "negative size"),
    "huge size": (raw_size(b"\x80" + b"\x7f" * 11), "larger than"),
    "negative size by extension": (pax_entry(b"11 size=-1\n"), "no number"),
    "huge size by extension": (pax_entry(b"29 size=999999999999999999\n"), "no sense|larger than"),
    "size of all": (
        tar_bytes([tar_entry("g", b"10 size=1\n", type=tarfile.XGLTYPE), tar_entry("a")], dialect=tarfile.USTAR_FORMAT),
        "one name or size",
    ),
    "extension of nonsense": (pax_entry(b"99 path=a\n"), "no sense"),
    "extension of length nothing": (pax_entry(b"0 path=a\n"), "no sense"),
    "huge extension": (
        tar_bytes([tar_entry("x", BIG, type=tarfile.XHDTYPE), tar_entry("a")], dialect=tarfile.USTAR_FORMAT),
        "extended header of",
    ),
    "huge long name": (
        tar_bytes([tar_entry("x", BIG, type=tarfile.GNUTYPE_LONGNAME), tar_entry("a")], dialect=tarfile.USTAR_FORMAT),
        "extended header of",
    ),
    "name with a zero": (pax_entry(b"12 path=a\0b\n"), "control character"),
    "wrong checksum": (_patched(tar_bytes([tar_entry("abc", b"x")]), b"abc", b"abd"), "no sense"),
    "cut in a header": (tar_bytes([tar_entry("a", b"x")])[:300], "cut off"),
    "cut in a file": (tar_bytes([tar_entry("a", b"x" * 600)])[:600], "cut off"),
    "cut between files": (tar_bytes([tar_entry("a", b"x")])[:1024], "cut off"),
    "cut gzip": (gzipped([tar_entry("a", b"x" * 600)])[:-6], "cut off or damaged"),
    "wrong sum of gzip": (gzipped([tar_entry("a", b"x" * 600)])[:-8] + bytes(8), "cut off or damaged"),
    "noise behind gzip": (gzipped([tar_entry("a", b"x")]) + b"noise", "cut off or damaged"),
}

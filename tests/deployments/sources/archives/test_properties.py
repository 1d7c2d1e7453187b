"""Any names, any links, any damage: nothing leads out, and nothing but a refusal is raised."""

import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.contract import PermanentError
from deployments.sources.archives.limits import MIB, Limits
from deployments.sources.archives.unpacking import unpack
from tests.deployments.sources.archives.making import gzipped, tar_bytes, tar_entry, tar_link, zip_bytes, zip_link

parts = st.sampled_from(["a", "b", "c", ".", "..", "..a"])
paths = st.lists(parts, min_size=1, max_size=5).map("/".join)
entries = st.lists(
    st.one_of(
        st.builds(lambda name: tar_entry(name, b"x"), paths),
        st.builds(lambda name: tar_entry(name, type=tarfile.DIRTYPE), paths),
        st.builds(tar_link, paths, paths),
        st.builds(tar_link, paths, paths),
    ),
    min_size=1,
    max_size=8,
)


def escapes(folder: Path) -> list[Path]:
    """What is in the folder and leads out of it, followed as far as it goes."""
    root = folder.resolve()
    return [path for path in folder.rglob("*") if not path.resolve().is_relative_to(root)]


@settings(max_examples=100, deadline=None)
@given(entries)
def test_no_names_and_links_lead_out(tarred: Sequence[tuple[tarfile.TarInfo, bytes]]) -> None:
    with TemporaryDirectory() as folder:
        into = Path(folder) / "deep" / "into"
        into.mkdir(parents=True)
        archive = Path(folder) / "archive"
        archive.write_bytes(tar_bytes(tarred))
        try:
            unpack(archive, into)
        except PermanentError:
            assert [path for path in into.rglob("*") if path.is_symlink() and path.readlink().is_absolute()] == []
        else:
            assert escapes(into) == []
        assert sorted(path.name for path in Path(folder).iterdir()) == ["archive", "deep"]
        assert [path.name for path in (Path(folder) / "deep").iterdir()] == ["into"]


GOOD = {
    "tar": tar_bytes([tar_entry("a/b", b"x" * 600), tar_link("c", "a/b"), tar_entry("n" * 150, b"y")]),
    "tar.gz": gzipped([tar_entry("a/b", b"x" * 600)], comment="c" * 40),
    "zip": zip_bytes([("a/b", b"x" * 600), zip_link("c", "a/b"), ("d/", b"")]),
}


def damage(content: bytes, random: Random) -> bytes:
    """The content with a byte or some changed, left out, put in or repeated."""
    damaged = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 8])):
        at, length = random.randrange(len(damaged)), random.randrange(1, 40)
        change = random.choice([b"", random.randbytes(1), random.randbytes(length), bytes(length), b"\xff" * length])
        damaged[at : at + random.choice([0, 1, length])] = change
        damaged = damaged or bytearray(b"x")
    return bytes(damaged)


def mend(content: bytes) -> bytes:
    """The headers of a tar with right checksums, so that what was damaged in them is read."""
    mended = bytearray(content)
    for at in range(0, len(mended) - 511, 512):
        if mended[at + 257 : at + 262] == b"ustar":
            mended[at + 148 : at + 156] = b" " * 8
            mended[at + 148 : at + 156] = b"%06o\0 " % sum(mended[at : at + 512])
    return bytes(mended)


def try_damaged(name: str, tmp_path: Path, *, seeds: range) -> None:
    for seed in seeds:
        content = damage(GOOD[name], Random(seed))
        (tmp_path / "archive").write_bytes(mend(content) if name == "tar" else content)
        with TemporaryDirectory(dir=tmp_path) as into, suppress(PermanentError):
            unpack(tmp_path / "archive", Path(into), limits=Limits(total_bytes=4 * MIB, file_bytes=MIB))


@pytest.mark.parametrize("name", GOOD)
def test_damaged_archive_is_unpacked_or_refused(tmp_path: Path, name: str) -> None:
    try_damaged(name, tmp_path, seeds=range(100))


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_many_damaged_archives_are_unpacked_or_refused(tmp_path: Path, name: str) -> None:
    try_damaged(name, tmp_path, seeds=range(100, 5_000))

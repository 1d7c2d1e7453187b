"""What good archives become: every file with its content and mode, links inside, and no more than is wanted."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from deployments.contract import PermanentError, StoppedError
from deployments.sources.archives.unpacking import Unpacked, unpack
from tests.deployments.sources.archives.making import (
    Dialect,
    gzipped,
    tar_bytes,
    tar_entry,
    tar_link,
    zip_bytes,
    zip_entry,
    zip_link,
)
from tests.deployments.sources.trees import read_tree

LONG = "long/" + "n" * 180 + ".txt"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


GOOD = [
    tar_entry("./", type=tarfile.DIRTYPE, mode=0o755),
    tar_entry("./index.html", b"home"),
    tar_entry("css/", type=tarfile.DIRTYPE, mode=0),
    tar_entry("css/site.css", b"blue"),
    tar_entry("bäckerei.txt", "süß".encode()),
    tar_entry(LONG, b"long"),
    tar_entry("run", b"#!/bin/sh\n", mode=0o4755),
    tar_link("css/home", "../index.html"),
    tar_link("styles", "css"),
    tar_link("later", "built/after"),
]
UNPACKED = {
    "bäckerei.txt": "süß",
    "css": "folder",
    "css/home": "-> ../index.html",
    "css/site.css": "blue",
    "index.html": "home",
    "later": "-> built/after",
    "long": "folder",
    LONG: "long",
    "run": "#!/bin/sh\n",
    "styles": "-> css",
}


@pytest.mark.parametrize("dialect", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_tar_is_unpacked(tmp_path: Path, into: Path, dialect: Dialect) -> None:
    archive = write(tmp_path / "a.tar", tar_bytes(GOOD, dialect=dialect))

    unpacked = unpack(archive, into)

    assert unpacked == Unpacked(files=5, size_bytes=4 + 4 + 5 + 4 + 10)
    assert read_tree(into) == UNPACKED


def test_tar_gz_is_unpacked_with_its_commit(tmp_path: Path, into: Path) -> None:
    archive = write(tmp_path / "a.zip", gzipped(GOOD, comment="c" * 40))

    unpacked = unpack(archive, into)

    assert unpacked.comment == "c" * 40
    assert read_tree(into) == UNPACKED


def test_zip_is_unpacked(tmp_path: Path, into: Path) -> None:
    content = zip_bytes(
        [
            ("index.html", b"home"),
            ("empty/", b""),
            ("css/site.css", b"blue"),
            ("bäckerei.txt", "süß".encode()),
            (zip_entry("run", mode=0o100755), b"#!/bin/sh\n"),
            zip_link("css/home", "../index.html"),
        ]
    )

    unpacked = unpack(write(tmp_path / "a", content), into)

    assert unpacked == Unpacked(files=4, size_bytes=23)
    assert read_tree(into) == {
        "bäckerei.txt": "süß",
        "css": "folder",
        "css/home": "-> ../index.html",
        "css/site.css": "blue",
        "empty": "folder",
        "index.html": "home",
        "run": "#!/bin/sh\n",
    }


def test_modes_are_two_and_no_more(tmp_path: Path, into: Path) -> None:
    unpack(write(tmp_path / "a", gzipped(GOOD)), into)

    modes = {name: (into / name).stat().st_mode & 0o7777 & ~0o022 for name in ("index.html", "run", "css")}
    assert modes == {"index.html": 0o644, "run": 0o755, "css": 0o755}


def test_tar_of_the_standard_library_is_unpacked(tmp_path: Path, into: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("home")
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        archive.add(tmp_path / "site", arcname="site")

    unpack(tmp_path / "a.tgz", into, strip=1)

    assert read_tree(into) == {"index.html": "home"}


def test_utf8_name_that_does_not_say_so_is_read(tmp_path: Path, into: Path) -> None:
    content = zip_bytes([("bäcker", b"x")]).replace(b"\x00\x08", b"\x00\x00")

    unpack(write(tmp_path / "a", content), into)

    assert read_tree(into) == {"bäcker": "x"}


def test_name_of_an_old_zip_is_read_in_its_code_page(tmp_path: Path, into: Path) -> None:
    content = zip_bytes([("b?cker", b"x")]).replace(b"b?cker", b"b\x84cker")

    unpack(write(tmp_path / "a", content), into)

    assert read_tree(into) == {"bäcker": "x"}


def test_zip_of_a_program_that_streams_is_unpacked(tmp_path: Path, into: Path) -> None:
    """Sizes behind the content, as they are when a zip is written to a pipe."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, offset: int, whence: int = 0) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", "home")

    unpack(write(tmp_path / "a", pipe.getvalue()), into)

    assert read_tree(into) == {"index.html": "home"}


MONOREPO = [
    tar_entry("repo-1/", type=tarfile.DIRTYPE),
    tar_entry("repo-1/README", b"read"),
    tar_entry("repo-1/packages/site/index.html", b"home"),
    tar_entry("repo-1/packages/site/css/site.css", b"blue"),
    tar_link("repo-1/packages/site/style", "css/site.css"),
    tar_link("repo-1/packages/out", "/etc/passwd"),
    tar_entry("repo-1/packages/sitemap", b"map"),
]


@pytest.mark.parametrize("subfolder", ["packages/site", "./packages/site/", "packages//site"])
def test_only_the_subfolder_is_unpacked(tmp_path: Path, into: Path, subfolder: str) -> None:
    unpacked = unpack(write(tmp_path / "a", gzipped(MONOREPO)), into, strip=1, subfolder=subfolder)

    assert unpacked == Unpacked(files=2, size_bytes=8)
    assert read_tree(into) == {
        "css": "folder",
        "css/site.css": "blue",
        "index.html": "home",
        "style": "-> css/site.css",
    }


def test_missing_subfolder_is_refused_with_what_there_is(tmp_path: Path, into: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        unpack(write(tmp_path / "a", gzipped(MONOREPO)), into, strip=1, subfolder="website")

    assert str(caught.value) == "The archive has no files in a folder 'website'."
    assert caught.value.hint == "There are: 'README', 'packages'."


def test_link_out_of_the_subfolder_is_refused(tmp_path: Path, into: Path) -> None:
    archive = write(tmp_path / "a", gzipped([tar_entry("site/a", b"a"), tar_link("site/up", "../README")]))

    with pytest.raises(PermanentError, match="'up' is a symbolic link that leads out"):
        unpack(archive, into, subfolder="site")


def test_too_many_folders_to_drop_is_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(PermanentError, match="has no files") as caught:
        unpack(write(tmp_path / "a", gzipped(MONOREPO)), into, strip=9)

    assert caught.value.hint == "Are there as many outer folders as are to be dropped?"


@pytest.mark.parametrize("content", [gzipped(GOOD), zip_bytes([("a", b"a"), ("b", b"b")])], ids=["tar", "zip"])
def test_unpacking_stops_when_it_is_told_to(tmp_path: Path, into: Path, content: bytes) -> None:
    def stop() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        unpack(write(tmp_path / "a", content), into, check=stop)

    assert list(into.iterdir()) == []


def test_error_of_the_disk_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        unpack(write(tmp_path / "a", gzipped(GOOD)), tmp_path / "gone")

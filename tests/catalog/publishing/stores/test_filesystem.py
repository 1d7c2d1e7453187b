"""What only a folder can get wrong: disks, permissions, and writers in other threads and processes."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.filesystem import FileSystemStore

WRITE_PROTECTED = 0o555


def all_files(folder: Path) -> list[str]:
    """Every file but the lock, with temporary ones."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


@pytest.fixture
def protected(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "registry"
    (folder / "objects").mkdir(parents=True)
    (folder / "objects").chmod(WRITE_PROTECTED)
    yield folder / "objects"
    (folder / "objects").chmod(0o755)


class FullDisk:
    """A file that can be opened, and whose disk is full at the first write."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *raised: object) -> None:
        self._inner.close()

    def write(self, content: bytes) -> int:
        self._inner.write(content[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: FullDisk(open(handle, "wb")))  # noqa: PTH123, SIM115


def test_full_disk_is_a_message(folder_store: FileSystemStore, full_disk: None) -> None:
    with pytest.raises(StoreError, match=r"^Could not write objects/one.json: No space left on device\.$"):
        folder_store.put_if_absent("objects/one.json", b"{}")


def test_full_disk_leaves_nothing_behind(folder_store: FileSystemStore, full_disk: None, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        folder_store.put_if_absent("objects/one.json", b"{}")

    assert all_files(tmp_path) == []


def test_full_disk_keeps_the_old_file(
    folder_store: FileSystemStore, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder_store.put_if_absent("current.json", b"old")
    stored = folder_store.get("current.json")
    assert stored is not None
    request.getfixturevalue("full_disk")

    with pytest.raises(StoreError, match="No space left"):
        folder_store.put_if_match("current.json", b"new", etag=stored.etag)

    assert folder_store.get("current.json") == stored
    assert all_files(tmp_path) == ["current.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: run the tests as another user")
def test_write_protected_folder_is_a_message(folder_store: FileSystemStore, protected: Path) -> None:
    with pytest.raises(StoreError, match=r"^Could not write objects/one.json: Permission denied\.$"):
        folder_store.put_if_absent("objects/one.json", b"{}")

    assert all_files(protected) == []


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_refused_temporary_file_is_a_message(
    folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(**place: Any) -> tuple[int, str]:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)

    with pytest.raises(StoreError) as raised:
        folder_store.put_if_absent("objects/one.json", b"{}")

    assert str(raised.value) == f"Could not write objects/one.json: {os.strerror(code)}."


def test_refused_read_is_a_message(folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(StoreError, match=r"^Could not read current.json: Permission denied\.$"):
        folder_store.get("current.json")


def test_refused_rename_leaves_nothing_behind(
    folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(StoreError, match="Input/output error"):
        folder_store.put_if_absent("objects/one.json", b"{}")

    assert all_files(tmp_path) == []


def test_folder_in_the_place_of_the_store_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "registry").write_text("a file")

    with pytest.raises(StoreError, match=r"^Could not write objects/one.json: "):
        FileSystemStore(tmp_path / "registry").put_if_absent("objects/one.json", b"{}")


def test_file_in_the_place_of_a_folder_is_a_message(folder_store: FileSystemStore) -> None:
    folder_store.put_if_absent("objects", b"{}")

    with pytest.raises(StoreError, match=r"^Could not write objects/one.json: "):
        folder_store.put_if_absent("objects/one.json", b"{}")


def test_files_are_readable_for_a_web_server(folder_store: FileSystemStore, tmp_path: Path) -> None:
    folder_store.put_if_absent("objects/one.json", b"{}")

    assert (tmp_path / "registry" / "objects" / "one.json").stat().st_mode & 0o777 == 0o644


def test_list_leaves_out_what_a_killed_writer_left(folder_store: FileSystemStore, tmp_path: Path) -> None:
    folder_store.put_if_absent("objects/one.json", b"{}")
    (tmp_path / "registry" / "objects" / ".writing-abc").write_bytes(b"half")

    assert list(folder_store.list()) == ["objects/one.json"]

"""Verifies what a build made, and keeps it by its digest: a rollback brings back these very bytes."""

import hashlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deployments.contract import Artifact, Kind, PermanentError
from deployments.runner.scanning import CHUNK_BYTES, Scan, needles_of, scan_layer

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Caps:
    """The most an artifact may hold."""

    files: int = 50_000
    size_bytes: int = 1_024 * MIB
    # Of the layers of an image, before compression.
    unpacked_bytes: int = 8_192 * MIB


def verify(folder: Path, kind: Kind, *, secrets: Iterable[str], check: Callable[[], None], caps: Caps) -> Artifact:
    """The artifact in a folder, by its digest.

    Raises PermanentError for a link, for anything that is no file or folder, for more than `caps`, for nothing at all,
    and for a file, or a layer of an image, that holds one of the secrets. `check` is called for each file, and may
    raise.

    The digest is over the sorted lines `path NUL x|- NUL sha256 LF`: names, whether they can be run, contents.
    """
    whole, size, files, unpacked = hashlib.sha256(), 0, 0, 0
    needles = needles_of(secrets)
    for path in sorted(_files(folder), key=lambda each: os.fsencode(each.relative_to(folder))):
        check()
        files, size = files + 1, size + path.stat().st_size
        _refuse_too_much(files, size, caps)
        name = _name_of(path, folder)
        runs = "x" if path.stat().st_mode & stat.S_IXUSR else "-"
        whole.update(f"{name}\0{runs}\0{_digest(path, name, needles)}\n".encode())
        if kind == Kind.IMAGE and needles:
            left = caps.unpacked_bytes - unpacked
            unpacked += scan_layer(path, needles, name=name, most_bytes=left, check=check)
    if not files:
        raise PermanentError("The build made no files.", hint="Is the output folder of the build the right one?")
    return Artifact(kind, whole.hexdigest(), folder, size, files)


def stage(artifact: Artifact, store: Path) -> Path:
    """Move the artifact's folder beside its place: the work folder may be on another disk, which takes its time."""
    store.mkdir(parents=True, exist_ok=True)
    staged = store / f".{artifact.digest}.{uuid.uuid4().hex}"
    try:
        shutil.move(artifact.path, staged)
    except OSError:
        # Half of it is in the way of all others on a disk that is full.
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return staged


def keep(staged: Path, kept: Path) -> None:
    """Give it its name, unless something has it already: that is the same, and the caller removes this one.

    The caller holds the lock of the artifact's row.
    """
    if not kept.exists():
        staged.rename(kept)


def drop(kept: Path) -> Path:
    """Take its name from it, under the lock of its row; the answer is to be removed afterwards."""
    dropped = kept.with_name(f".{kept.name}.{uuid.uuid4().hex}")
    with suppress(FileNotFoundError):
        kept.rename(dropped)
    return dropped


def remove_unnamed(store: Path, *, age: timedelta) -> None:
    """Remove what was staged or dropped and forgotten by a worker that died, if it has been so for that long."""
    before = time.time() - age.total_seconds()
    for path in store.glob(".*"):
        with suppress(FileNotFoundError):
            # When it got this name: its contents may be older.
            if path.lstat().st_ctime <= before:
                shutil.rmtree(path, ignore_errors=True)


def _name_of(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise PermanentError(
            f"The build made a file whose name is not UTF-8: {name!r}.", hint="Give it another name."
        ) from error
    return name


def _files(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_symlink():
                raise PermanentError(
                    f"The build made a link: {path.name!r}.", hint="Copy files into the output, don't link them."
                )
            if entry.is_dir(follow_symlinks=False):
                yield from _files(path)
            elif entry.is_file(follow_symlinks=False):
                yield path
            else:
                raise PermanentError(f"The build made something that is no file: {path.name!r}.")


def _refuse_too_much(files: int, size: int, caps: Caps) -> None:
    hint = "Does the output hold more than the site, such as node_modules?"
    if files > caps.files:
        raise PermanentError(f"The build made more than {caps.files:,} files.", hint=hint)
    if size > caps.size_bytes:
        raise PermanentError(f"The build made more than {caps.size_bytes // MIB:,} MB.", hint=hint)


def _digest(path: Path, name: str, needles: Sequence[bytes]) -> str:
    found, scan = hashlib.sha256(), Scan(needles, name=name)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
            scan.feed(chunk)
    return found.hexdigest()

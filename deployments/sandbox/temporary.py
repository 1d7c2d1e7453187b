"""Folders of runs in this machine's temporary folder, and what killed workers left of them.

Others may write there, too, and choose any name: what is opened is looked at, and nothing is followed or gone into.
Reference: flock(2), open(2).
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
PREFIXES = SANDBOX, EGRESS = "registry-sandbox-", "registry-egress-"
# Between being made and being locked it is young.
FORGOTTEN_AFTER = timedelta(days=1)
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """An empty folder, gone at the end. It is locked: the lock ends with this process, and no program inherits it."""
    with tempfile.TemporaryDirectory(prefix=prefix) as made, _opened(Path(made)) as folder:
        flock(folder, LOCK_EX)
        yield Path(made)


def remove_forgotten() -> None:
    """Remove folders of ours that nobody holds and that are old. What cannot be removed is logged, never raised."""
    before = time.time() - FORGOTTEN_AFTER.total_seconds()
    for path in Path(tempfile.gettempdir()).iterdir():
        if path.name.startswith(PREFIXES):
            _look_at(path, before=before)


def _look_at(path: Path, *, before: float) -> None:
    try:
        with _opened(path) as folder:
            found = os.fstat(folder)
            if found.st_uid != os.geteuid() or found.st_mtime > before:
                return
            flock(folder, LOCK_EX | LOCK_NB)
            _empty(folder)
            # Whatever has the name by now: only an empty folder goes.
            path.rmdir()
    except (FileNotFoundError, NotADirectoryError, BlockingIOError, PermissionError):
        # It is gone, a file or a link, held, or somebody else's.
        return
    except OSError as error:
        log.warning("left_behind", path=str(path), reason=str(error))


def _empty(folder: int) -> None:
    """Places and files are all that is made there. A place that is not empty stays: what it shows is elsewhere."""
    with os.scandir(folder) as entries:
        for entry in list(entries):
            remove = os.rmdir if entry.is_dir(follow_symlinks=False) else os.unlink
            remove(entry.name, dir_fd=folder)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Raises NotADirectoryError for a link, too."""
    folder = os.open(path, FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)

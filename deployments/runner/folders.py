"""Folders of the runner: one for each attempt, removed at its end; one a service, kept between its deployments."""

import os
import shutil
import stat
import uuid
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)


def work_folder(deployment_id: uuid.UUID, lease: uuid.UUID) -> Path:
    """A folder of this attempt alone: whoever had the lease before may still be writing into his."""
    return settings.REGISTRY_WORK_DIR / f"{deployment_id}.{lease}"


def cache_folder(service_id: uuid.UUID) -> Path:
    """Kept between deployments; may vanish at any time."""
    return settings.REGISTRY_CACHE_DIR / str(service_id)


def remove_tree(folder: Path) -> None:
    """Remove a folder that a hostile build filled: unreadable folders are opened first. What is not there is gone."""
    with suppress(FileNotFoundError):
        for parent, folders, _ in os.walk(folder):
            for name in folders:
                path = Path(parent) / name
                if not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
        shutil.rmtree(folder)


def remove_or_leave(path: Path) -> None:
    """Remove a folder or a file; one that cannot be removed now is logged, and tried again next time."""
    try:
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("left_behind", path=str(path), reason=str(error))


def remove_left_behind(find_leases: Callable[[], Collection[uuid.UUID]]) -> None:
    """Remove the folders of attempts that nobody holds any more.

    Leases are asked for after the folders: whoever makes one meanwhile is not among the folders.
    """
    if not settings.REGISTRY_WORK_DIR.is_dir():
        return
    found = list(settings.REGISTRY_WORK_DIR.iterdir())
    held = {str(lease) for lease in find_leases()}
    for path in found:
        if path.name.partition(".")[2] not in held:
            remove_or_leave(path)

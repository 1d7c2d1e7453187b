"""Folders of the runner: one for each attempt, removed at its end; one a service, kept between its deployments."""

import os
import shutil
import stat
import uuid
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from django.conf import settings


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


def remove_left_behind(leases: Collection[uuid.UUID]) -> None:
    """Remove the folders of attempts that nobody holds any more."""
    held = {str(lease) for lease in leases}
    if settings.REGISTRY_WORK_DIR.is_dir():
        for folder in settings.REGISTRY_WORK_DIR.iterdir():
            if folder.name.partition(".")[2] not in held:
                remove_tree(folder)

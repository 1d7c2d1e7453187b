"""What a service's builds keep between deployments: never needed, never trusted, and bounded."""

import uuid
from itertools import accumulate
from pathlib import Path

from django.conf import settings

from deployments.models import Service
from deployments.runner.folders import cache_folder, remove_or_leave, remove_tree
from deployments.sandbox.limits import sizes_in


def ready_cache(service_id: uuid.UUID, *, is_wanted: bool) -> Path:
    """The service's folder, with what is in it; empty if that is not wanted, or more than REGISTRY_CACHE_MEGABYTES."""
    folder = cache_folder(service_id)
    if not is_wanted or _is_too_large(folder):
        remove_tree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def collect_caches() -> None:
    """Remove those of services that are removed, and whatever else is there; see `remove_or_leave`.

    Services are asked for after the folders: the folder of one that is made meanwhile is not among these.
    """
    if not settings.REGISTRY_CACHE_DIR.is_dir():
        return
    found = list(settings.REGISTRY_CACHE_DIR.iterdir())
    kept = {str(pk) for pk in Service.objects.filter(removed_at=None).values_list("pk", flat=True)}
    for path in found:
        if path.name not in kept:
            remove_or_leave(path)


def _is_too_large(folder: Path) -> bool:
    return any(size > settings.REGISTRY_CACHE_BYTES for size in accumulate(sizes_in([folder])))

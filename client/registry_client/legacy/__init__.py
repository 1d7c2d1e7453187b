"""For programs that had STACK_METADATA in their code: the same functions and shapes, answered by the registry.

The functions of this module use one platform for the whole process: what `use_platform` was given, else a client of
the environment's REGISTRY_URL.
"""

import os
import threading

from registry_client.client import RegistryClient
from registry_client.legacy.differences import ABSENT, Difference
from registry_client.legacy.platform import LegacyPlatform, read_stack_metadata, uses_registry
from registry_client.legacy.shape import Entry

__all__ = [
    "ABSENT",
    "Difference",
    "LegacyPlatform",
    "get_platform_metadata",
    "get_stack_metadata",
    "stack_metadata",
    "use_platform",
    "uses_registry",
]

_lock = threading.Lock()
_platforms: list[LegacyPlatform] = []


def use_platform(platform: LegacyPlatform) -> None:
    """Let this one answer for the whole process from now on."""
    with _lock:
        _platforms[:] = [platform]


def get_platform_metadata() -> dict[str, Entry]:
    """All stacks, as `LegacyPlatform.get_platform_metadata`."""
    return _platform().get_platform_metadata()


def get_stack_metadata(stack_type: str) -> Entry:
    """One stack, as `LegacyPlatform.get_stack_metadata`."""
    return _platform().get_stack_metadata(stack_type)


def stack_metadata(client: RegistryClient | None = None) -> dict[str, Entry]:
    """The registry in the shape of STACK_METADATA; nothing of the program's own is in it.

    Raises RegistryUnavailable or RegistryInvalid if there is nothing good to answer from.
    """
    return read_stack_metadata(client or _platform().client)


def _platform() -> LegacyPlatform:
    with _lock:
        if not _platforms:
            url = os.environ.get("REGISTRY_URL", "").strip()
            if not url:
                raise RuntimeError("Set REGISTRY_URL to the registry's address, or call use_platform first.")
            _platforms.append(LegacyPlatform(RegistryClient(url)))
        return _platforms[0]

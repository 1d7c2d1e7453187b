"""What both clients share: how they are told what to read, and what they say without reading anything."""

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypedDict, Unpack

from registry_client.core.config import Config, make_config
from registry_client.core.registry import Registry
from registry_client.core.shapes import Snapshot
from registry_client.core.status import Source, Status
from registry_client.core.steps import Cache, NoCache
from registry_client.disk import DiskCache, default_cache_dir

Clock = Callable[[], float]
TrustedKeys = Mapping[str, Any] | Iterable[Any]
Fallback = Mapping[str, Any] | Path | str


class CacheDir(Enum):
    """Stands for the folder for caches of whoever runs this."""

    USER = "user"


class UnverifiedWarning(UserWarning):
    """A client was made that believes whatever it is told."""


class Options(TypedDict, total=False):
    """How to read, beside the address.

    `mirrors`: other addresses of the same tree, asked in this order if the first does not answer or is refused.
    `cache_dir`: a folder that outlives the process (default: the user's cache folder); None for memory alone.
    `trusted_keys`: public keys as texts (`x`), JWKs, kid -> x, or a whole keys.json; None: those seen first.
    `ttl_seconds` (300): how long nothing is asked. `max_stale_seconds` (7 days): how long the last good copy is served
    while the registry cannot be read. `timeout_seconds` (10): for each request, to its last byte.
    `fallback`: if all else fails: a folder made by `registry pull`, or path -> document.
    `verify` (True): False believes anything, keeps nothing on disk, and warns. `clock`: seconds since 1970, for tests.
    """

    mirrors: Sequence[str]
    cache_dir: Path | str | CacheDir | None
    trusted_keys: TrustedKeys | None
    ttl_seconds: float
    max_stale_seconds: float
    timeout_seconds: float
    fallback: Fallback | None
    verify: bool
    clock: Clock


class Shell:
    """What `RegistryClient` and `AsyncRegistryClient` have in common; use one of those."""

    def __init__(self, url: str, **options: Unpack[Options]) -> None:
        config = make_config(
            url,
            mirrors=options.get("mirrors", ()),
            trusted_keys=options.get("trusted_keys"),
            ttl_seconds=options.get("ttl_seconds", 300),
            max_stale_seconds=options.get("max_stale_seconds", 86_400 * 7),
            verify=options.get("verify", True),
            clock=options.get("clock", time.time),
            fallback=_fallback(options.get("fallback")),
        )
        self._timeout_seconds = options.get("timeout_seconds", 10)
        if not self._timeout_seconds > 0:
            raise ValueError(f"timeout_seconds cannot be {self._timeout_seconds!r}.")
        if unknown := options.keys() - Options.__annotations__.keys():
            raise TypeError(f"There is no option {min(unknown)!r}.")
        if not config.verify:
            message = "verify=False: neither signature nor age of what is read is checked."
            warnings.warn(message, UnverifiedWarning, stacklevel=3)
        cache_dir = options.get("cache_dir", CacheDir.USER)
        self._registry = Registry(config, cache=_cache(cache_dir, config))
        self._known_snapshots: dict[str, Snapshot] = {}
        self._warned: set[str] = set()
        self._callbacks: list[Callable[[Status], object]] = []

    @property
    def url(self) -> str:
        """The registry's address, without a slash at the end."""
        return self._registry.config.url

    @property
    def snapshot_serial(self) -> int | None:
        """The serial of what is served; None before the first read, and for a registry without serials."""
        return self.status().serial

    @property
    def source(self) -> Source | None:
        """Where the last answer came from: memory, disk, cdn, mirror or fallback. None before the first."""
        return self._registry.source

    def status(self) -> Status:
        """How it stands, without reading anything."""
        return self._registry.status()

    def on_update(self, callback: Callable[[Status], object]) -> None:
        """Call it with the new Status after each switch to another snapshot, not for the first one.

        It runs in the reader that has noticed; what it raises is logged, and breaks no read.
        """
        self._callbacks.append(callback)


def _fallback(given: Fallback | None) -> Mapping[str, Any] | str | None:
    """A folder as its address."""
    if isinstance(given, Path) or (isinstance(given, str) and "://" not in given):
        return Path(given).absolute().as_uri()
    return given


def _cache(cache_dir: Path | str | CacheDir | None, config: Config) -> Cache:
    """Only those who trust the same keys share one; what was not verified is not kept."""
    if cache_dir is None or not config.verify:
        return NoCache()
    folder = default_cache_dir() if isinstance(cache_dir, CacheDir) else Path(cache_dir)
    return DiskCache(folder, name=cache_name(config.url, config.keys))


def cache_name(url: str, keys: Iterable[str] | None) -> str:
    """What a DiskCache of this registry is told by; `keys` are kids of trusted keys, None if none are pinned."""
    return " ".join([url, *sorted(keys or ())])

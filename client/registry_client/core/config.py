"""What a client was told, checked once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from registry_client.core.trust import Key, pinned_keys

SCHEMES = ("http", "https", "file")


@dataclass(frozen=True, slots=True)
class Config:
    """`origins`: the CDN, then the mirrors, without a slash at the end. `keys`: None to trust the first ones seen."""

    origins: tuple[str, ...]
    keys: Mapping[str, Key] | None
    ttl_seconds: float
    max_stale_seconds: float
    verify: bool
    clock: Callable[[], float]
    # A packaged copy may be older than its pointer says.
    may_be_expired: bool = False
    fallback: Mapping[str, Any] | str | None = field(default=None, compare=False)

    @property
    def url(self) -> str:
        return self.origins[0]

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def make_config(
    url: str,
    *,
    mirrors: Sequence[str],
    trusted_keys: Mapping[str, Any] | Iterable[Any] | None,
    ttl_seconds: float,
    max_stale_seconds: float,
    verify: bool,
    clock: Callable[[], float],
    fallback: Mapping[str, Any] | str | None,
) -> Config:
    """Raises ValueError, TypeError with what is wrong."""
    if isinstance(mirrors, str):
        raise TypeError("mirrors is a list of addresses, not one text.")
    for name, seconds in (("ttl_seconds", ttl_seconds), ("max_stale_seconds", max_stale_seconds)):
        if not seconds >= 0:
            raise ValueError(f"{name} cannot be {seconds!r}.")
    return Config(
        origins=tuple(dict.fromkeys(map(_origin, (url, *mirrors)))),
        keys=None if trusted_keys is None else pinned_keys(trusted_keys),
        ttl_seconds=ttl_seconds,
        max_stale_seconds=max_stale_seconds,
        verify=verify,
        clock=clock,
        fallback=fallback,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or (parts.scheme != "file" and not parts.hostname):
        raise ValueError(f"{url!r} is no address of a registry, such as https://registry.example.com")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("The address of a registry has no query, fragment or password; a transport can sign in.")
    return url.rstrip("/")

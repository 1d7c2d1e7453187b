"""Everything that a publish works with, chosen by the settings in one place and handed to the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import boto3
import httpx
from botocore.config import Config
from django.conf import settings

from catalog.publishing.cdn import Cdn, CloudFrontCdn, NullCdn
from catalog.publishing.signing import KeyPair, new_key, read_keys, write_keys
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store

# Path -> bytes as a reader gets them, or None if it cannot.
Fetch = Callable[[str], bytes | None]
FETCH_TIMEOUT_SECONDS = 5.0
MAX_POINTER_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where the tree goes, how it is signed, and who is told: store, keys that sign, CDN, the address of readers."""

    store: Store
    public_url: str
    keys: Sequence[KeyPair]
    cdn: Cdn = field(default_factory=NullCdn)


def open_outlet() -> Outlet:
    """The outlet that the settings name. Raises SigningError if the keys cannot be used; no network."""
    return Outlet(open_store(), settings.REGISTRY_PUBLIC_URL, signing_keys(), _cdn())


def signing_keys() -> list[KeyPair]:
    """The keys that sign; the embedded default makes its own the first time."""
    path = settings.REGISTRY_SIGNING_KEY_FILE
    if settings.REGISTRY_MAKES_SIGNING_KEY and not path.exists():
        write_keys(path, [new_key()])
    return read_keys(path)


def read_public(path: str) -> bytes | None:
    """A small file under the public address, past any cache of ours; None for whatever goes wrong."""
    if not settings.REGISTRY_PUBLIC_URL:
        return None
    try:
        response = httpx.get(f"{settings.REGISTRY_PUBLIC_URL}/{path}", timeout=FETCH_TIMEOUT_SECONDS)
    except httpx.HTTPError:
        return None
    return response.content if response.status_code == 200 and len(response.content) <= MAX_POINTER_BYTES else None


def _cdn() -> Cdn:
    if not settings.REGISTRY_CLOUDFRONT_DISTRIBUTION_ID:
        return NullCdn()
    # Our queue backs off by itself; botocore must not wait for minutes inside a publish.
    config = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 2})
    return CloudFrontCdn(boto3.client("cloudfront", config=config), settings.REGISTRY_CLOUDFRONT_DISTRIBUTION_ID)

"""What a client says of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from registry_client.errors import RegistryError

Source = Literal["memory", "disk", "cdn", "mirror", "fallback"]


@dataclass(frozen=True, slots=True)
class Status:
    """As of the last read; asking for it reads nothing.

    `source`: where the last answer came from, None before the first. `fetched_at`: when the registry last confirmed
    what is served. `fresh`: that was within the TTL, and has not expired. `last_error`: why the last refresh failed;
    None if it did not. `signed`: whether it was verified by a signature.
    """

    serial: int | None
    source: Source | None
    published_at: datetime | None
    expires_at: datetime | None
    fetched_at: datetime | None
    fresh: bool
    last_error: RegistryError | None
    signed: bool

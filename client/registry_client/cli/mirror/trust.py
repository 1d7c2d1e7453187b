"""Reading a pointer without a client: for a mirror's own files."""

from datetime import UTC, datetime

from registry_client.core.shapes import Pointer, parse_pointer
from registry_client.core.trust import parse_keys, verify_pointer
from registry_client.errors import RegistryInvalid


def trusted_pointer(pointer: bytes, keys: bytes, *, now: datetime | None = None) -> Pointer | None:
    """The pointer, if one of these keys has signed it; None if not, or if either cannot be read."""
    try:
        return parse_pointer(verify_pointer(pointer, parse_keys(keys), now=now or datetime.now(UTC)))
    except RegistryInvalid:
        return None

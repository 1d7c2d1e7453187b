"""Reads a Provider Metadata Registry: verified, cached, and still there when the network is not."""

from registry_client.aio import AsyncRegistryClient
from registry_client.client import RegistryClient
from registry_client.core.archive import Current, EntryChange
from registry_client.core.shapes import File, IndexLine, Snapshot, Tombstone, parse_index, parse_snapshot
from registry_client.core.status import Status
from registry_client.errors import (
    ClientClosed,
    DigestMismatch,
    EntryNotFound,
    KeyRetired,
    Malformed,
    PointerExpired,
    RedirectRefused,
    RegistryError,
    RegistryInvalid,
    RegistryUnavailable,
    SerialReused,
    SerialWentBack,
    SignatureInvalid,
    SignatureMissing,
    SnapshotMismatch,
    SnapshotNotFound,
    TooLarge,
    UnknownKey,
)
from registry_client.shell import UnverifiedWarning

__all__ = [
    "AsyncRegistryClient",
    "ClientClosed",
    "Current",
    "DigestMismatch",
    "EntryChange",
    "EntryNotFound",
    "File",
    "IndexLine",
    "KeyRetired",
    "Malformed",
    "PointerExpired",
    "RedirectRefused",
    "RegistryClient",
    "RegistryError",
    "RegistryInvalid",
    "RegistryUnavailable",
    "SerialReused",
    "SerialWentBack",
    "SignatureInvalid",
    "SignatureMissing",
    "Snapshot",
    "SnapshotMismatch",
    "SnapshotNotFound",
    "Status",
    "Tombstone",
    "TooLarge",
    "UnknownKey",
    "UnverifiedWarning",
    "parse_index",
    "parse_snapshot",
]

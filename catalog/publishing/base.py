"""Reads what is live in the store: the pointer and its snapshot. Everything a publish starts from."""

import json
from dataclasses import dataclass, field
from typing import Any

from catalog.documents.canonical import sha256_hex
from catalog.publishing.pointer import Pointer, PointerError, parse_pointer
from catalog.publishing.stores.base import Store, StoreError
from catalog.publishing.tree import POINTER_PATH


@dataclass(frozen=True, slots=True)
class Base:
    """The live whole in the store: `pointer` and `etag` are None before the first publish, `snapshot` is then empty."""

    pointer: Pointer | None = None
    etag: str | None = None
    snapshot: dict[str, Any] = field(default_factory=dict)

    @property
    def serial(self) -> int:
        return self.pointer.serial if self.pointer else 0


def read_base(store: Store) -> Base:
    """Two requests. Raises StoreError if the pointer or its snapshot cannot be read or trusted."""
    stored = store.get(POINTER_PATH)
    if stored is None:
        return Base()
    try:
        pointer = parse_pointer(stored.content)
    except PointerError as error:
        raise StoreError(f"{store.address}: {error}") from error
    return Base(pointer, stored.etag, read_snapshot(store, pointer.snapshot, pointer.sha256))


def read_snapshot(store: Store, path: str, sha256: str) -> dict[str, Any]:
    """One snapshot, whose bytes must have this digest. One request. Raises StoreError."""
    stored = store.get(path)
    if stored is None or sha256_hex(stored.content) != sha256:
        raise StoreError(f"{store.address}: {path} is missing or damaged; run verify_published.")
    snapshot: dict[str, Any] = json.loads(stored.content)
    return snapshot

"""The interface of a store. Every write is conditional, so that a late or doubled publisher can do no harm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

# Names that are safe as an object key, a file name (255 bytes) and a URL path; no part starts with a dot.
PATH_PATTERN = re.compile(r"[a-z0-9][A-Za-z0-9._-]{0,254}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,254})*")


class StoreError(Exception):
    """The store could not do it; the message says what and why, for a person who can fix it."""


class PreconditionError(StoreError):
    """Somebody else wrote the file since it was read."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was read; `etag` is what `put_if_match` compares."""

    content: bytes
    etag: str


class Store(Protocol):
    """Files by path within the tree. Safe to use from several threads. Every method may raise StoreError."""

    @property
    def address(self) -> str:
        """Where this is, for messages: a folder or `s3://bucket/prefix`."""

    def get(self, path: str) -> StoredFile | None:
        """The file, or None if there is none. One request."""

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write a file that is not there yet; False if there is one, which stays as it is. One request."""

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        """Replace the file if it still has `etag`; raises PreconditionError if not, or if it is gone. One request."""

    def get_version(self, path: str, version_id: str) -> bytes | None:
        """The file as it was in this version; None if there is none, or the store keeps no versions."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """Paths that start with `prefix`, in order. For maintenance only: a publish never lists."""

    def delete(self, path: str) -> None:
        """Remove a file; a missing one is no error. For garbage collection only: a publish never deletes."""


def check_path(path: str) -> str:
    """The path itself; raises StoreError if it could leave the tree or is no name for all stores."""
    if len(path) > 512 or not PATH_PATTERN.fullmatch(path):
        raise StoreError(f"{path[:80]!r} is no path of the published tree.")
    return path

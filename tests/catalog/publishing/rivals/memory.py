"""A bucket in memory whose conditional writes are atomic, which those of moto are not under threads.

`test_memory.py` holds it to the contract of the real stores.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping

from catalog.publishing.stores.base import PreconditionError, StoredFile, check_path


class MemoryStore:
    """Files in a dict; every request is done whole before the next one."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return "memory:"

    def get(self, path: str) -> StoredFile | None:
        with self._lock:
            content = self.files.get(check_path(path))
        return None if content is None else StoredFile(content, _etag(content))

    def put_if_absent(self, path: str, content: bytes) -> bool:
        with self._lock:
            return self.files.setdefault(check_path(path), content) is content

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        with self._lock:
            stored = self.files.get(check_path(path))
            if stored is None or _etag(stored) != etag:
                raise PreconditionError(f"{path} was written by somebody else.")
            self.files[path] = content

    def get_version(self, path: str, version_id: str) -> bytes | None:
        return None

    def list(self, prefix: str = "") -> Iterator[str]:
        with self._lock:
            paths = sorted(path for path in self.files if path.startswith(prefix))
        yield from paths

    def delete(self, path: str) -> None:
        with self._lock:
            self.files.pop(check_path(path), None)


def _etag(content: bytes) -> str:
    # As S3 does without KMS: the same bytes have the same ETag, so that a test would find an ABA.
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'

"""A process that reads a registry with a cache on disk, as it is told to: a JSON list a line in, JSON a line out.

python -m tests.client.disk_reader ADDRESS CACHE threads|asyncio. Has no Django.
"""

import asyncio
import contextlib
import json
import logging
import resource
import sys
import time
from pathlib import Path
from typing import Any

from registry_client import AsyncRegistryClient, RegistryClient

FILLER = "filler"


class DiskReader:
    """Every method is a command, by its name and arguments."""

    def __init__(self, address: str, cache_dir: Path, shell: str) -> None:
        self._address, self._cache_dir = address, cache_dir
        self._kind: Any = RegistryClient if shell == "threads" else AsyncRegistryClient
        self._run: Any = asyncio.Runner().run if shell == "asyncio" else lambda found: found
        self._now = 0.0
        self._said: list[str] = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: self._said.append(record.getMessage())  # type: ignore[method-assign]
        logging.getLogger("registry_client").addHandler(handler)
        self.begin()

    def begin(self) -> None:
        """Go on with a new client, that has what the disk has."""
        self._client = self._kind(self._address, cache_dir=self._cache_dir, clock=lambda: self._now)

    def read(self, now: float) -> dict[str, Any]:
        """What is read at this time, from where; what the disk has then, and what was said of it."""
        self._now = now
        document = self._run(self._client.get_provider("cms", "tina"))
        said = [text for text in self._said if "reading goes on without it" in text]
        self._said.clear()
        return {
            "read": [document["display_name"], self._client.source, self._client.snapshot_serial],
            "fresh": self._client.status().fresh,
            "kept": self._kept_serial(),
            "said": said,
            "litter": len(list(self._cache_dir.glob("*/blobs/.writing-*"))),
        }

    def watch(self, ahead: float, ttl_seconds: float, seconds: float) -> list[list[Any]]:
        """Read over and over, with a clock that is so far ahead of the real one.

        Of each read: the different names that all providers have, the serial before and after it, its source.
        """
        client = self._kind(
            self._address,
            cache_dir=self._cache_dir,
            ttl_seconds=ttl_seconds,
            clock=lambda: ahead + time.time(),
        )
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            before = client.snapshot_serial
            documents = self._run(client.get_all_providers())
            names = sorted({document["display_name"] for document in documents})
            found.append([names, before, client.snapshot_serial, client.source])
        return found

    def fill_disk(self) -> None:
        """Until there is not a byte left."""
        with contextlib.suppress(OSError), (self._cache_dir / FILLER).open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def free_disk(self) -> None:
        (self._cache_dir / FILLER).unlink()

    def limit_files(self, size_bytes: int) -> None:
        """No file may grow beyond that from now on."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))

    def unlimit_files(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def _kept_serial(self) -> int | None:
        states = list(self._cache_dir.glob("*/state.json"))
        return json.loads(states[0].read_bytes())["serial"] if states else None


if __name__ == "__main__":
    reader = DiskReader(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(reader, name)(*arguments)), flush=True)

"""Readers of every kind on a folder that somebody publishes to; each checks what it got against the files themselves.

As a process: python -m tests.client.readers FOLDER STOP SECONDS
"""

import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from registry_client import AsyncRegistryClient, Current, RegistryClient, RegistryUnavailable

from tests.catalog.publishing.crash.reader import read_whole
from tests.client.serving import URL, answer_from

LIFES = ("cold", "with a disk", "long-lived")
KINDS = [f"{shell}, {life}" for shell in ("threads", "asyncio") for life in LIFES]


@dataclass
class Notes:
    """What one reader saw: serials in order, and what was wrong."""

    serials: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Files(Mapping[str, bytes]):
    """A published folder, by path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise KeyError(path) from error

    def __iter__(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return 1


class ReaderOf:
    """One reader; `look` reads once. `keep` is where it has its disk cache."""

    def __init__(self, kind: str, folder: Path, keep: Path, clock: Callable[[], float]) -> None:
        self.shell, self.life = kind.split(", ")
        self.notes, self.files = Notes(), Files(folder)
        self._keep, self._clock = keep, clock
        self._runner = asyncio.Runner() if self.shell == "asyncio" else None
        self._long_lived: Any = None

    def look(self) -> None:
        """Read the pointer, everything, and the pointer again; between two that are the same nothing has changed."""
        try:
            read = self._read_in_loop() if self._runner else self._read()
        except RegistryUnavailable as error:
            if (self.files.folder / "current.json").exists():
                self.notes.wrong.append(f"{type(error).__name__}: {error}")
            return
        self._check(*read)

    def end(self) -> None:
        if self._runner and self._long_lived:
            self._runner.run(self._long_lived.aclose())
        elif self._long_lived:
            self._long_lived.close()
        if self._runner:
            self._runner.close()

    def _check(self, before: Current, manifest: dict[str, Any], documents: list[Any], after: Current) -> None:
        notes = self.notes
        serial = before.snapshot.serial
        if notes.serials and serial < notes.serials[-1]:
            notes.wrong.append(f"serial {serial} after {notes.serials[-1]}")
        notes.serials.append(serial)
        if before.file != after.file:
            return
        whole = read_whole(self.files.get, pointer=before.pointer)
        assert whole is not None
        truth = [document for key, document in sorted(whole.documents.items()) if key.startswith("providers/")]
        names = sorted(document["provider_name"] for document in truth)
        listed = sorted(name for names in manifest["providers"].values() for name in names)
        if (documents, manifest["serial"], listed) != (truth, serial, names):
            notes.wrong.append(f"serial {serial} is not what was published")

    def _read(self) -> tuple[Any, ...]:
        client = self._long_lived or RegistryClient(URL, **self._options())
        try:
            return client.get_current(), client.get_manifest(), client.get_all_providers(), client.get_current()
        finally:
            if self.life == "long-lived":
                self._long_lived = client
            else:
                client.close()

    def _read_in_loop(self) -> tuple[Any, ...]:
        async def read() -> tuple[Any, ...]:
            client = self._long_lived or AsyncRegistryClient(URL, **self._options())
            try:
                before = await client.get_current()
                manifest, documents = await asyncio.gather(client.get_manifest(), client.get_all_providers())
                return before, manifest, documents, await client.get_current()
            finally:
                if self.life == "long-lived":
                    self._long_lived = client
                else:
                    await client.aclose()

        assert self._runner is not None
        return self._runner.run(read())

    def _options(self) -> dict[str, Any]:
        # The cold one asks once in its life; the others at every call, so that what they hold is never fresh.
        return {
            "ttl_seconds": 300 if self.life == "cold" else 0,
            "cache_dir": self._keep / self.shell if self.life == "with a disk" else None,
            "clock": self._clock,
            "transport": httpx.MockTransport(
                lambda request: answer_from(self.files, request, request.url.path.removeprefix("/"))
            ),
        }


def read_until(folder: Path, stop: Path, start: float, keep: Path) -> dict[str, Any]:
    """All kinds at once, each in a thread of its own, until `stop` is there; kind -> what it saw."""
    found: dict[str, Any] = {}

    def read(kind: str) -> None:
        reader = ReaderOf(kind, folder, keep, lambda: start)
        looks = 0
        while not stop.exists() or not looks:
            reader.look()
            looks += 1
            # Six that spin would leave the publisher no processor.
            time.sleep(0.05)
        reader.end()
        serials = reader.notes.serials
        found[kind] = {"reads": looks, "serials": len(set(serials)), "last": serials[-1], "wrong": reader.notes.wrong}

    threads = [threading.Thread(target=read, args=(kind,)) for kind in KINDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as kept:
        print(json.dumps(read_until(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(kept))))

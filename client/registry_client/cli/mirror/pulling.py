"""Making a folder the same as what is published: everything immutable first, the pointer last.

Killed anywhere, the folder shows what it showed before, and the next run goes on from what is there. Each file is
checked before it is kept: those with a digest by it, copies and the manifest by the verified documents.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from registry_client.cli.codes import Code, CommandError
from registry_client.cli.mirror import tree
from registry_client.cli.mirror.folder import Folder
from registry_client.cli.mirror.trust import trusted_pointer
from registry_client.cli.screen import Bar
from registry_client.client import RegistryClient
from registry_client.core.archive import Current
from registry_client.core.content import parse_object
from registry_client.core.shapes import File, IndexLine, Snapshot, parse_index, parse_pointer, parse_snapshot
from registry_client.core.trust import payload_of
from registry_client.errors import RegistryInvalid, SerialWentBack, SnapshotMismatch

AT_ONCE = 8
# A publish moves the pointer first and the fixed paths right after it: they may lag for a moment.
LAG_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
Item = TypeVar("Item")


@dataclass
class Pulled:
    """What came of it. `fetched`: requests that brought a file; `written`: files that are new or changed."""

    serial: int
    entries: int
    counts: Counter[str] = field(default_factory=Counter)


class Pull:
    """One run. `bar` is told how far it is."""

    def __init__(self, client: RegistryClient, folder: Folder, bar: Bar, *, prune: bool) -> None:
        self._client, self._folder, self._bar, self._prune = client, folder, bar, prune
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def run(self) -> Pulled:
        """Raises RegistryError, CommandError, OSError."""
        for pause in LAG_SECONDS:
            time.sleep(pause)
            if pause:
                self._client.refresh()
            current = self._client.get_current()
            self._refuse_older(current)
            lagging = self._pull(current)
            if not lagging:
                return Pulled(current.snapshot.serial, current.snapshot.count, self._counts)
            self._bar.begin("Waiting for the registry to finish its publish")
        message = f"{lagging[0]} and {len(lagging) - 1} more do not agree with serial {current.snapshot.serial}."
        hint = "A publish may be under way, or a cache holds old files. The mirror shows what it showed before."
        raise CommandError(Code.REFUSED, message, hint=hint)

    def _pull(self, current: Current) -> list[str]:
        """Everything of one snapshot; what of the fixed paths does not belong to it, for which the pointer waits."""
        snapshot = current.snapshot
        before = read_revisions(self._folder)
        lines = self._pull_immutable(current)
        schemas = tree.schema_paths(snapshot)
        self._bar.begin("Copies", len(lines) + len(schemas) + 2)

        def pull_copy(line: IndexLine) -> str | None:
            is_old = before is None or before.get(line.key) == line.revision
            document = parse_object(line.file.path, self._folder.read(line.file.path) or b"")
            return self._pull_checked(
                f"{line.key}.json",
                lambda content: tree.copy_faults(line.key, content, document, serial=snapshot.serial),
                may_be_old=is_old,
            )

        def pull_schema(path: str) -> str | None:
            return self._pull_checked(path, lambda content: tree.schema_faults(path, content))

        lagging = [*self._each(pull_copy, lines.values()), *self._each(pull_schema, schemas)]
        lagging.append(
            self._pull_checked(
                tree.MANIFEST_PATH,
                lambda content: tree.manifest_faults(content, snapshot, frozenset(lines)),
                may_be_old=False,
            )
        )
        wrong = [path for path in lagging if path]
        if not wrong:
            self._pull_keys(current)
            self._replace(tree.POINTER_PATH, current.pointer, is_last=True)
            self._remove_leftovers(needed_paths(current, lines, schemas))
        return wrong

    def _pull_immutable(self, current: Current) -> dict[str, IndexLine]:
        """Key -> IndexLine of everything; its objects are in the folder then."""
        snapshot = current.snapshot
        self._bar.begin("Shards", len(snapshot.shards))
        self._immutable(current.file)
        lines: dict[str, IndexLine] = {}
        for part in self._each(lambda name: self._pull_shard(name, snapshot), snapshot.shards):
            lines |= part
        return dict(sorted(lines.items()))

    def _pull_shard(self, name: str, snapshot: Snapshot) -> dict[str, IndexLine]:
        """A bundle has the bytes of all objects of its shard, so that none of them needs a request."""
        shard, bundle = snapshot.shards[name], snapshot.bundles[name]
        lines = parse_index(shard.path, self._immutable(shard))
        _refuse(shard.path, tree.shard_faults(name, lines, snapshot))
        documents = tree.unpack_bundle(bundle.path, self._immutable(bundle))
        _refuse(bundle.path, tree.bundle_faults(documents, lines))
        for line in lines.values():
            if self._folder.good(line.file) is None:
                self._write(line.file.path, documents[line.key])
        return lines

    def _immutable(self, file: File) -> bytes:
        content = self._folder.good(file)
        if content is None:
            content = self._count(self._client.fetch_file(file))
            self._write(file.path, content)
        return content

    def _fetch(self, path: str) -> bytes | None:
        content = self._client.fetch_unverified(path)
        return None if content is None else self._count(content)

    def _count(self, content: bytes) -> bytes:
        with self._lock:
            self._counts["fetched"] += 1
            self._counts["bytes"] += len(content)
        return content

    def _pull_checked(self, path: str, faults: Callable[[bytes], list[str]], *, may_be_old: bool = True) -> str | None:
        """A file without a digest: None once it is there and right, else its path."""
        kept = self._folder.read(path) if may_be_old else None
        if kept is not None and not faults(kept):
            return None
        content = self._fetch(path)
        if content is None or faults(content):
            return path
        self._replace(path, content)
        return None

    def _pull_keys(self, current: Current) -> None:
        """Keys that do not fit the pointer would lock every reader out; the body of a 404 is nobody's proof."""
        keys = self._fetch(tree.KEYS_PATH)
        if keys is None or trusted_pointer(current.pointer, keys) is None:
            raise SnapshotMismatch(f"{tree.KEYS_PATH} has no key that signed {tree.POINTER_PATH}.")
        self._replace(tree.KEYS_PATH, keys)
        fallback = self._fetch(tree.FALLBACK_PATH)
        if fallback is not None:
            self._replace(tree.FALLBACK_PATH, fallback)

    def _refuse_older(self, current: Current) -> None:
        """A mirror never goes back, even where this user has never seen the registry before."""
        there = self._mirrored()
        if there is not None and there > current.snapshot.serial:
            raise SerialWentBack(
                f"The registry shows serial {current.snapshot.serial}, but this mirror has {there} already."
            )

    def _mirrored(self) -> int | None:
        pointer, keys = self._folder.read(tree.POINTER_PATH), self._folder.read(tree.KEYS_PATH)
        found = trusted_pointer(pointer, keys) if pointer and keys else None
        return found.serial if found else None

    def _each(self, work: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
        """Several at once; the first that fails stops all."""
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            done = []
            for result in pool.map(work, items):
                self._bar.advance()
                done.append(result)
            return done
        finally:
            pool.shutdown(cancel_futures=True)

    def _replace(self, path: str, content: bytes, *, is_last: bool = False) -> None:
        if content != self._folder.read(path):
            self._write(path, content, is_last=is_last)

    def _write(self, path: str, content: bytes, *, is_last: bool = False) -> None:
        self._folder.write(path, content, is_last=is_last)
        with self._lock:
            self._counts["written"] += 1

    def _remove_leftovers(self, needed: frozenset[str]) -> None:
        for path in self._folder.leftovers(needed) if self._prune else ():
            self._folder.remove(path)
            self._counts["removed"] += 1


def needed_paths(current: Current, lines: Mapping[str, IndexLine], schemas: Iterable[str]) -> frozenset[str]:
    """Every path of a snapshot that may be left over one day."""
    snapshot = current.snapshot
    files = [current.file, *snapshot.shards.values(), *snapshot.bundles.values()]
    files += [line.file for line in lines.values()]
    return frozenset({*(file.path for file in files), *(f"{key}.json" for key in lines), *schemas})


def read_revisions(folder: Folder) -> dict[str, int] | None:
    """Key -> revision of what a mirror shows; None if it shows nothing, or nothing that can be read."""
    try:
        pointer = parse_pointer(payload_of(folder.read(tree.POINTER_PATH) or b""))
        content = folder.good(File(pointer.snapshot, pointer.sha256, 0))
        snapshot = parse_snapshot(pointer.snapshot, content or b"")
        shards = [parse_index(file.path, folder.good(file) or b"") for file in snapshot.shards.values()]
    except RegistryInvalid:
        return None
    return {key: line.revision for shard in shards for key, line in shard.items()}


def _refuse(path: str, faults: list[str]) -> None:
    if faults:
        raise SnapshotMismatch(f"{path}: {faults[0]}")

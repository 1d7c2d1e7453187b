"""Rules for whoever wants the files themselves: mirrors, comparisons, proofs. Every byte is checked as ever."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry_client.core.content import sha256_hex
from registry_client.core.fetching import fetch_files, fetch_one, first
from registry_client.core.limits import MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, MAX_SNAPSHOT_BYTES
from registry_client.core.registry import Reader
from registry_client.core.shapes import (
    SHA256,
    SNAPSHOT_PATH,
    File,
    IndexLine,
    Snapshot,
    is_key,
    object_path,
    parse_index,
    parse_snapshot,
)
from registry_client.core.steps import Rule
from registry_client.core.views import SignedView
from registry_client.errors import (
    DigestMismatch,
    Malformed,
    RegistryError,
    RegistryInvalid,
    RegistryUnavailable,
    SnapshotMismatch,
    SnapshotNotFound,
)

PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class Current:
    """What is live, as files: the verified bytes of `current.json`, the snapshot that it names, and where that is."""

    pointer: bytes
    file: File
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry that differs between two snapshots; None is where it is not published."""

    key: str
    old: IndexLine | None
    new: IndexLine | None

    @property
    def verb(self) -> str:
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"


@dataclass(frozen=True, slots=True)
class CurrentQuery:
    def __call__(self, reader: Reader) -> Rule[Current]:
        view = signed(reader)
        yield from ()
        return Current(reader.pointer, File(view.pointer.snapshot, view.pointer.sha256, 0), view.snapshot)


@dataclass(frozen=True, slots=True)
class SnapshotQuery:
    """The live snapshot, or an earlier one, found by going back from parent to parent: a request each."""

    serial: int | None
    known: dict[str, Snapshot]

    def __call__(self, reader: Reader) -> Rule[Snapshot]:
        snapshot = signed(reader).snapshot
        while self.serial is not None and snapshot.serial > self.serial:
            if snapshot.parent is None:
                break
            snapshot = yield from self._parent(reader, snapshot.parent, below=snapshot.serial)
        if self.serial not in (None, snapshot.serial):
            raise SnapshotNotFound(f"There is no snapshot with serial {self.serial}.")
        return snapshot

    def _parent(self, reader: Reader, path: str, *, below: int) -> Rule[Snapshot]:
        """A name has the first twelve digits of its digest: enough to tell damage; its child is signed."""
        if path not in self.known:
            if not SNAPSHOT_PATH.fullmatch(path):
                raise Malformed(f"{path[:80]!r} is no path of a snapshot.")
            content = yield from _first_that_fits(reader, path)
            self.known[path] = parse_snapshot(path, content)
        if self.known[path].serial >= below:
            raise SnapshotMismatch(f"{path} is no earlier snapshot than the one that names it.")
        return self.known[path]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Key -> IndexLine of a snapshot, from all of its shards at once."""

    snapshot: Snapshot

    def __call__(self, reader: Reader) -> Rule[dict[str, IndexLine]]:
        files = list(self.snapshot.shards.values())
        contents = yield from fetch_files(files, origins=reader.origins, cache=reader.cache, max_bytes=MAX_INDEX_BYTES)
        lines: dict[str, IndexLine] = {}
        for name, file in self.snapshot.shards.items():
            shard = parse_index(file.path, contents[file.sha256])
            if len(shard) != self.snapshot.counts[name] or _strangers(name, shard):
                raise SnapshotMismatch(f"{file.path} does not hold the entries of {name} that the snapshot counts.")
            lines |= shard
        return lines


@dataclass(frozen=True, slots=True)
class FileQuery:
    """The bytes of one immutable file, checked."""

    file: File
    max_bytes: int

    def __call__(self, reader: Reader) -> Rule[bytes]:
        contents = yield from fetch_files(
            [self.file], origins=reader.origins, cache=reader.cache, max_bytes=self.max_bytes
        )
        return first(contents)


@dataclass(frozen=True, slots=True)
class PlainFileQuery:
    """A file that no digest covers, such as `manifest.json` or a copy at a fixed path; None if there is none.

    Raises ValueError for what is no path within the tree.
    """

    path: str

    def __post_init__(self) -> None:
        if not PATH.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is no path of a published tree.")

    def __call__(self, reader: Reader) -> Rule[bytes | None]:
        answer = yield from fetch_one(reader.origins[0], self.path, max_bytes=MAX_MANIFEST_BYTES)
        return answer.content if answer.status == 200 else None


def object_file(sha256: str) -> File:
    """Raises ValueError for what is no digest."""
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is no SHA-256 digest.")
    return File(object_path(sha256), sha256, 0)


def compare_indexes(old: Mapping[str, IndexLine], new: Mapping[str, IndexLine]) -> list[EntryChange]:
    """What differs, sorted by key."""
    return [
        EntryChange(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if _digest_in(old, key) != _digest_in(new, key)
    ]


def signed(reader: Reader) -> SignedView:
    if not isinstance(reader.view, SignedView):
        raise SnapshotNotFound("This registry has no snapshots: it is read by its manifest and fixed paths.")
    return reader.view


def _first_that_fits(reader: Reader, path: str) -> Rule[bytes]:
    """From the first origin that has it. Raises why the first was refused that did not only say that it has none."""
    prefix = path.rpartition("-")[2].removesuffix(".json")
    failures: list[RegistryError] = []
    for origin in reader.origins:
        try:
            answer = yield from fetch_one(origin, path, max_bytes=MAX_SNAPSHOT_BYTES)
        except (RegistryInvalid, RegistryUnavailable) as error:
            failures.append(error)
            continue
        if answer.status == 200 and sha256_hex(answer.content).startswith(prefix):
            return answer.content
        if answer.status == 200:
            failures.append(DigestMismatch(f"{path} does not have the bytes that were published."))
    raise failures[0] if failures else SnapshotNotFound(f"{path} is not kept any more.")


def _strangers(name: str, keys: Iterable[str]) -> list[str]:
    group = name.partition("#")[0]
    return [key for key in keys if key.rpartition("/")[0] != group or not is_key(key)]


def _digest_in(index: Mapping[str, IndexLine], key: str) -> str | None:
    return index[key].sha256 if key in index else None

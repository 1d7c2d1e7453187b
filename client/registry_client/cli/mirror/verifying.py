"""Proving a whole tree, at an address or in a folder: every fault is found, not only the first.

Nothing is kept, and no cache is believed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from registry_client.cli.mirror import tree
from registry_client.cli.screen import Bar
from registry_client.core.content import digested_content, parse_object
from registry_client.core.fetching import MISSING, check_answer
from registry_client.core.limits import (
    MAX_BUNDLE_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_INDEX_BYTES,
    MAX_KEYS_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_POINTER_BYTES,
    MAX_SNAPSHOT_BYTES,
)
from registry_client.core.shapes import File, IndexLine, Pointer, Snapshot, parse_index, parse_pointer, parse_snapshot
from registry_client.core.steps import Answer, Outcome, Request
from registry_client.core.trust import Keys, parse_keys, payload_of, verify_pointer
from registry_client.core.views import time_text
from registry_client.errors import (
    DigestMismatch,
    KeyRetired,
    PointerExpired,
    RegistryError,
    RegistryInvalid,
    RegistryUnavailable,
    SignatureInvalid,
    SnapshotMismatch,
    TooLarge,
    UnknownKey,
)

AT_ONCE = 16
# The word of a fault in `--json`; whatever else is refused is `malformed`.
WORDS: Mapping[type[RegistryError], str] = {
    DigestMismatch: "digest",
    KeyRetired: "key_retired",
    PointerExpired: "expired",
    RegistryUnavailable: "unavailable",
    SignatureInvalid: "signature",
    SnapshotMismatch: "mismatch",
    TooLarge: "too_large",
    UnknownKey: "unknown_key",
}
Fetch = Callable[[Request], Outcome]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`code`: missing, or one of WORDS, or malformed."""

    path: str
    code: str
    message: str


@dataclass
class Report:
    """What was found. `checked`: how many files of each kind were read and right."""

    serial: int | None = None
    published_at: str | None = None
    expires_at: str | None = None
    keys: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, path: str, error: RegistryError) -> None:
        word = next((word for kind, word in WORDS.items() if isinstance(error, kind)), "malformed")
        self.faults.append(Fault(path, word, str(error)))

    def blame_all(self, path: str, faults: Iterable[str]) -> None:
        self.faults += [Fault(path, "mismatch", fault) for fault in faults]

    @property
    def is_unreachable(self) -> bool:
        """Nothing is wrong with what came; only not everything came."""
        return bool(self.faults) and all(fault.code == "unavailable" for fault in self.faults)


class Verifier:
    """Of the tree at `origin`. `trusted`: the keys that may have signed it; None for those of its own keys.json."""

    def __init__(self, fetch: Fetch, origin: str, bar: Bar, *, trusted: Keys | None) -> None:
        self._fetch, self._origin, self._bar, self._trusted = fetch, origin, bar, trusted
        self.report = Report()

    def run(self, *, now: datetime | None = None) -> Report:
        pointer = self._verify_pointer(now or datetime.now(UTC))
        snapshot = self._verify_snapshot(pointer) if pointer else None
        if snapshot:
            lines, documents = self._verify_shards(snapshot)
            self._verify_objects(lines, documents)
            self._verify_copies(snapshot, documents)
            self._verify_rest(snapshot, frozenset(lines))
        self.report.faults = sorted(set(self.report.faults))
        return self.report

    def _verify_pointer(self, now: datetime) -> Pointer | None:
        """Also one that is not to be trusted, so that the rest is looked at."""
        keys_content = self._read(tree.KEYS_PATH, MAX_KEYS_BYTES, kind="keys")
        content = self._read(tree.POINTER_PATH, MAX_POINTER_BYTES, kind="pointer")
        if content is None:
            return None
        own = self._try(tree.KEYS_PATH, lambda: parse_keys(keys_content)) if keys_content is not None else None
        keys = (own or {}) if self._trusted is None else self._trusted
        self.report.keys = sorted(keys)
        if self._try(tree.POINTER_PATH, lambda: verify_pointer(content, keys, now=now)) is not None and own:
            # Readers who see it for the first time take the tree's own keys.
            self._try(tree.KEYS_PATH, lambda: verify_pointer(content, own, now=now))
        pointer = self._try(tree.POINTER_PATH, lambda: parse_pointer(payload_of(content)))
        if pointer is None:
            return None
        self.report.serial, self.report.expires_at = pointer.serial, time_text(pointer.expires_at)
        self.report.published_at = time_text(pointer.published_at)
        if pointer.expires_at <= now:
            self.report.blame(tree.POINTER_PATH, PointerExpired(f"it expired at {time_text(pointer.expires_at)}."))
        return pointer

    def _verify_snapshot(self, pointer: Pointer) -> Snapshot | None:
        file = File(pointer.snapshot, pointer.sha256, 0)
        content = self._read_digested(file, MAX_SNAPSHOT_BYTES, kind="snapshot")
        if content is None:
            return None
        snapshot = self._try(file.path, lambda: parse_snapshot(file.path, content))
        if snapshot and (snapshot.serial, snapshot.published_at) != (pointer.serial, pointer.published_at):
            self.report.blame_all(file.path, [f"it is of serial {snapshot.serial}, the pointer says {pointer.serial}."])
        return snapshot

    def _verify_shards(self, snapshot: Snapshot) -> tuple[dict[str, IndexLine], dict[str, bytes]]:
        """Key -> IndexLine, and key -> bytes of each document that a bundle has right."""
        self._bar.begin("Index and bundles", len(snapshot.shards))
        lines: dict[str, IndexLine] = {}
        documents: dict[str, bytes] = {}
        for part, found in self._each(lambda name: self._verify_shard(name, snapshot), snapshot.shards):
            lines |= part
            documents |= found
        return lines, documents

    def _verify_shard(self, name: str, snapshot: Snapshot) -> tuple[dict[str, IndexLine], dict[str, bytes]]:
        shard, bundle = snapshot.shards[name], snapshot.bundles[name]
        content = self._read_digested(shard, MAX_INDEX_BYTES, kind="index")
        lines = self._try(shard.path, lambda: parse_index(shard.path, content)) if content is not None else None
        packed = self._read_digested(bundle, MAX_BUNDLE_BYTES, kind="bundles")
        documents = self._try(bundle.path, lambda: tree.unpack_bundle(bundle.path, packed)) if packed else None
        if lines is None:
            return {}, {}
        self.report.blame_all(shard.path, tree.shard_faults(name, lines, snapshot))
        if documents is None:
            return lines, {}
        faults = tree.bundle_faults(documents, lines)
        self.report.blame_all(bundle.path, faults)
        return lines, {} if faults else documents

    def _verify_objects(self, lines: Mapping[str, IndexLine], documents: dict[str, bytes]) -> None:
        """Each on its own: readers of single documents get these. What a bundle has not is taken from here."""
        self._bar.begin("Objects", len(lines))

        def verify_object(line: IndexLine) -> None:
            content = self._read_digested(line.file, MAX_DOCUMENT_BYTES, kind="objects")
            if content is None:
                return
            if len(content) != line.size_bytes:
                fault = f"it has {len(content)} bytes, the index says {line.size_bytes}."
                self.report.blame_all(line.file.path, [fault])
            document = self._try(line.file.path, lambda: parse_object(line.file.path, content))
            if document is not None:
                self.report.blame_all(line.file.path, tree.document_faults(line, document))
                documents.setdefault(line.key, content)

        self._each(verify_object, lines.values())

    def _verify_copies(self, snapshot: Snapshot, documents: Mapping[str, bytes]) -> None:
        self._bar.begin("Copies", len(documents))

        def verify_copy(key: str) -> None:
            content = self._read(f"{key}.json", MAX_DOCUMENT_BYTES, kind="copies")
            document = self._try(f"{key}.json", lambda: parse_object(key, documents[key]))
            if content is not None and document is not None:
                faults = tree.copy_faults(key, content, document, serial=snapshot.serial)
                self.report.blame_all(f"{key}.json", faults)

        self._each(verify_copy, documents)

    def _verify_rest(self, snapshot: Snapshot, keys: frozenset[str]) -> None:
        self.report.blame_all("snapshot", tree.snapshot_faults(snapshot, keys))
        manifest = self._read(tree.MANIFEST_PATH, MAX_MANIFEST_BYTES, kind="manifest")
        if manifest is not None:
            self.report.blame_all(tree.MANIFEST_PATH, tree.manifest_faults(manifest, snapshot, keys))
        for path in self._try("snapshot", lambda: tree.schema_paths(snapshot)) or ():
            content = self._read(path, MAX_DOCUMENT_BYTES, kind="schemas")
            self.report.blame_all(path, tree.schema_faults(path, content) if content is not None else ())

    def _read(self, path: str, max_bytes: int, *, kind: str) -> bytes | None:
        """The bytes of a file without a digest; None, and a fault, if it cannot be had."""
        answer = self._answer(path, max_bytes)
        if answer is not None:
            self.report.checked[kind] += 1
        return answer.content if answer is not None else None

    def _read_digested(self, file: File, max_bytes: int, *, kind: str) -> bytes | None:
        answer = self._answer(file.path, max_bytes, is_plain=False)
        if answer is None:
            return None
        content = self._try(
            file.path, lambda: digested_content(file.path, answer, sha256=file.sha256, max_bytes=max_bytes)
        )
        if content is not None:
            self.report.checked[kind] += 1
        return content

    def _answer(self, path: str, max_bytes: int, *, is_plain: bool = True) -> Answer | None:
        outcome = self._fetch(Request(self._origin, path, max_bytes))
        if isinstance(outcome, Answer) and outcome.status in MISSING:
            self.report.faults.append(Fault(path, "missing", "it is missing."))
            return None
        if not is_plain and isinstance(outcome, Answer) and outcome.status == 200:
            return outcome
        return self._try(path, lambda: check_answer(self._origin, path, outcome, max_bytes=max_bytes))

    def _try(self, path: str, work: Callable[[], Item]) -> Item | None:
        try:
            return work()
        except (RegistryInvalid, RegistryUnavailable) as error:
            self.report.blame(path, error)
            return None

    def _each(self, work: Callable[[Any], Item], items: Iterable[Any]) -> list[Item]:
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            done = []
            for result in pool.map(work, items):
                self._bar.advance()
                done.append(result)
            return done
        finally:
            pool.shutdown(cancel_futures=True)

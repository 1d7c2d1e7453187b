"""The next whole as files: what must be written, rendered from the database a piece at a time.

Everything here is a function of the revisions, the serial, the time and the base: a second run gives the same bytes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from catalog.documents.canonical import sha256_hex
from catalog.models import Revision
from catalog.publishing.base import Base
from catalog.publishing.candidate import CHUNK, candidate_keys, group_lines, read_revisions, read_texts
from catalog.publishing.plan import Change
from catalog.publishing.tree import (
    IndexLine,
    TreeFile,
    bundle_path,
    group_of,
    indented,
    index_path,
    object_path,
    render_bundle,
    render_copy,
    render_fallback,
    render_manifest,
    render_shard,
    render_snapshot,
    schema_path,
    shard_count,
    shard_name,
)
from catalog.schemas.library import CURRENT_VERSIONS, schema_at


@dataclass
class Edition:
    """One publish's files. Read `new_files` to its end before asking for `snapshot_file`: it needs their digests."""

    serial: int
    published_at: datetime
    base: Base
    changes: Mapping[str, Change]
    public_url: str
    # What a rollback goes back to: its snapshot as it was published.
    target: Mapping[str, Any] | None = None
    shards: dict[str, Any] = field(default_factory=dict)
    bundles: dict[str, Any] = field(default_factory=dict)
    _few: dict[int, Revision] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shards = dict(self.base.snapshot.get("shards", {}))
        self.bundles = dict(self.base.snapshot.get("bundles", {}))

    def new_files(self) -> Iterator[TreeFile]:
        """Every file whose name is its digest, and schemas: objects first, so that no index names a missing one."""
        yield from self._object_files()
        for group in sorted({group_of(key) for key in self.changes}):
            yield from self._group_files(group)
        yield from self._support_files()

    def snapshot_file(self) -> TreeFile:
        return render_snapshot(
            serial=self.serial,
            parent=self.base.pointer.snapshot if self.base.pointer else None,
            published_at=self.published_at,
            shards=self.shards,
            bundles=self.bundles,
            aliases=self._aliases,
            removed=self._tombstones(),
            rolled_back_to=self.target["serial"] if self.target else None,
        )

    def copies(self, *, added: bool) -> Iterator[TreeFile]:
        """Documents at their fixed paths: the added ones, or else the changed ones."""
        chosen = {
            change.published.revision_id: key
            for key, change in self.changes.items()
            if change.published and (change.old is None) == added
        }
        for revision in self._revisions(list(chosen)):
            yield render_copy(
                chosen[revision.pk], revision.document, last_updated=revision.created_at, serial=self.serial
            )

    def manifest_file(self) -> TreeFile:
        return render_manifest(
            candidate_keys(self.changes).items(),
            serial=self.serial,
            published_at=self.published_at,
            aliases=self._aliases,
            public_url=self.public_url,
        )

    def _object_files(self) -> Iterator[TreeFile]:
        for revision in self._revisions(self._published_ids()):
            yield TreeFile(object_path(revision.sha256), revision.canonical.encode())

    def _group_files(self, group: str) -> Iterator[TreeFile]:
        """The shards of one group that change, with their bundles; those that a new split moves entries to."""
        lines = group_lines(group, self.changes)
        count = shard_count(len(lines))
        by_shard: dict[str, list[IndexLine]] = defaultdict(list)
        for line in lines:
            by_shard[shard_name(line.key, count)].append(line)
        before = {name for name in self.shards if name.partition("#")[0] == group}
        touched = {shard_name(key, count) for key in self.changes if group_of(key) == group}
        # Without a change of its own, a shard differs only if the group is split anew: it then has more or fewer.
        touched |= {name for name in by_shard if self.shards.get(name, {}).get("count") != len(by_shard[name])}
        for name in before - by_shard.keys():
            del self.shards[name], self.bundles[name]
        for name in sorted(touched & by_shard.keys()):
            yield from self._shard_files(name, by_shard[name])

    def _shard_files(self, name: str, lines: list[IndexLine]) -> Iterator[TreeFile]:
        index = render_shard(lines)
        self.shards[name] = {"sha256": sha256_hex(index), "size_bytes": len(index), "count": len(lines)}
        # Given away at once: it is written while the bundle is made.
        yield TreeFile(index_path(sha256_hex(index)), index)
        keys = {line.revision_id: line.key for line in lines}
        bundle = render_bundle({keys[revision_id]: text for revision_id, text in read_texts(list(keys))})
        self.bundles[name] = {"sha256": sha256_hex(bundle), "size_bytes": len(bundle)}
        yield TreeFile(bundle_path(sha256_hex(bundle)), bundle)

    def _support_files(self) -> Iterator[TreeFile]:
        """Schemas that the base does not have yet, and the body of 404s beside a first publish."""
        known = self.base.snapshot.get("schemas", {})
        for name, version in CURRENT_VERSIONS.items():
            if known.get(name) != version:
                schema = schema_at(name, version, public_url=self.public_url)
                yield TreeFile(schema_path(name, version), indented(schema))
        if not known:
            yield render_fallback(self.public_url)

    def _revisions(self, revision_ids: Sequence[int]) -> Iterable[Revision]:
        """Some of the new revisions. A chunk of them is kept, since files of four kinds are made from each."""
        if len(self.changes) > CHUNK:
            return read_revisions(revision_ids)
        if not self._few:
            ids = [change.new.revision_id for change in self.changes.values() if change.new]
            self._few = {revision.pk: revision for revision in read_revisions(ids)}
        return [self._few[pk] for pk in revision_ids]

    def _published_ids(self) -> list[int]:
        return [change.published.revision_id for change in self.changes.values() if change.published]

    @cached_property
    def _aliases(self) -> dict[str, str]:
        if self.target:
            return dict(self.target["aliases"])
        kept = {old: key for old, key in self.base.snapshot.get("aliases", {}).items() if key not in self.changes}
        for revision in self._revisions(self._published_ids()):
            kept.update(dict.fromkeys(revision.document.get("aliases", []), revision.entry_key))
        return kept

    def _tombstones(self) -> list[dict[str, Any]]:
        if self.target:
            return list(self.target["removed"])
        kept = [
            tombstone for tombstone in self.base.snapshot.get("removed", []) if tombstone["key"] not in self.changes
        ]
        ids = [change.new.revision_id for change in self.changes.values() if change.new and change.new.is_removed]
        for revision in self._revisions(ids):
            lifecycle = revision.document["lifecycle"]
            kept.append(
                {
                    "key": revision.entry_key,
                    "serial": self.serial,
                    "reason": lifecycle["reason"],
                    "replacement": lifecycle.get("replacement"),
                }
            )
        return kept

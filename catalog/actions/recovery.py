"""Rebuild an empty database from the published tree alone: entries, revisions, snapshots, public keys.

What the tree does not hold cannot come back: drafts, authors, notes, approvals, and whatever garbage collection took.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from catalog.actions.entries import set_aliases, set_stack_providers
from catalog.actions.errors import RefusedError
from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.documents.mapping import RELATIONS, fields_from_document, kind_of
from catalog.models import Builder, Provider, Revision, SigningKey, Snapshot, SnapshotChange, Stack, model_of
from catalog.models.history import RevisionSource
from catalog.models.snapshots import SnapshotState
from catalog.publishing.base import Base, read_base
from catalog.publishing.live import rebuild_live_entries
from catalog.publishing.stores.base import Store
from catalog.publishing.tree import KEYS_PATH, copy_path, index_path, object_path
from catalog.publishing.verify import STAMPS, TIME_FORM
from catalog.schemas.validation import validate_document

NOTE = "Restored from the store"


@dataclass(slots=True)
class Restored:
    """How much came back; `missing_before` is the first serial that is still there."""

    snapshots: int = 0
    revisions: int = 0
    entries: int = 0
    missing_before: int = 1


@dataclass(slots=True)
class _Past:
    """What has been rebuilt so far: revisions, which of them are live, the newest of each entry, and its removals."""

    revisions: dict[tuple[str, int], Revision] = field(default_factory=dict)
    live: dict[str, Revision] = field(default_factory=dict)
    last: dict[str, Revision] = field(default_factory=dict)
    # (key, serial of the tombstone): a rollback to it brings the same tombstone back.
    removals: dict[tuple[str, int], Revision] = field(default_factory=dict)


@transaction.atomic
def restore_from_store(store: Store) -> Restored:
    """Read the pointer, walk back as far as snapshots are kept, and write what they held, oldest first.

    Raises RefusedError if the database is not empty or nothing is published; StoreError if the tree is damaged.
    """
    if Revision.objects.exists() or Snapshot.objects.exists():
        raise RefusedError("This database is not empty; restore into a new one.")
    base = read_base(store)
    if base.pointer is None:
        raise RefusedError(f"Nothing is published in {store.address}.")
    chain = _read_chain(store, base)
    past = _Past()
    row: Snapshot | None = None
    for path, sha256, snapshot in chain:
        row = _restore_snapshot(store, past, path, sha256, snapshot, row)
    Snapshot.objects.filter(path=base.pointer.snapshot).update(
        state=SnapshotState.LIVE, expires_at=datetime.fromisoformat(base.pointer.expires_at)
    )
    _restore_entries(past, chain[-1][2]["aliases"])
    rebuild_live_entries()
    _restore_keys(store)
    return Restored(
        snapshots=len(chain),
        revisions=len(past.revisions),
        entries=len(past.last),
        missing_before=chain[0][2]["serial"],
    )


def _read_chain(store: Store, base: Base) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, digest, snapshot) from the oldest that is still there to the live one."""
    chain: list[tuple[str, str, dict[str, Any]]] = []
    path: str | None = base.pointer.snapshot if base.pointer else None
    while path is not None:
        stored = store.get(path)
        if stored is None:
            break
        digest = sha256_hex(stored.content)
        if not path.endswith(f"-{digest[:12]}.json"):
            raise RefusedError(f"{path} is damaged; the tree cannot be restored from here.")
        snapshot = json.loads(stored.content)
        chain.insert(0, (path, digest, snapshot))
        path = snapshot["parent"]
    return chain


def _restore_snapshot(
    store: Store, past: _Past, path: str, sha256: str, snapshot: dict[str, Any], parent: Snapshot | None
) -> Snapshot:
    published_at = datetime.fromisoformat(snapshot["published_at"])
    row = Snapshot.objects.create(
        serial=snapshot["serial"], parent=parent, state=SnapshotState.REPLACED, path=path, sha256=sha256, note=NOTE,
        requested_at=published_at, published_at=published_at, finished_at=published_at, cdn_visible_at=published_at,
        rolled_back_to=snapshot["rolled_back_to"],
    )  # fmt: skip
    before = dict(past.live)
    past.live = {
        key: past.revisions.get((key, line["revision"])) or _restore_revision(store, past, key, line, published_at)
        for shard in snapshot["shards"].values()
        for key, line in _read_json(store, index_path(shard["sha256"])).items()
    }
    for tombstone in snapshot["removed"]:
        if tombstone["key"] in before or tombstone["key"] in past.last:
            past.live[tombstone["key"]] = _removal(past, before, tombstone, published_at)
    SnapshotChange.objects.bulk_create(
        SnapshotChange(snapshot=row, entry_key=key, old_revision=before.get(key), new_revision=past.live.get(key))
        for key in sorted(before.keys() | past.live.keys())
        if before.get(key) != past.live.get(key)
    )
    return row


def _restore_revision(store: Store, past: _Past, key: str, line: dict[str, Any], published_at: datetime) -> Revision:
    document = _read_json(store, object_path(line["sha256"]))
    return _write_revision(past, key, line["revision"], document, _recorded_at(store, key, document) or published_at)


def _recorded_at(store: Store, key: str, document: dict[str, Any]) -> datetime | None:
    """When the revision was recorded, which only the copy says; None if that is older, newer, missing or damaged.

    Then the revision is taken for as old as its first publish.
    """
    copy = store.get(copy_path(key))
    try:
        stamped = json.loads(copy.content) if copy else {}
        is_copied = {name: value for name, value in stamped.items() if name not in STAMPS} == document
        return datetime.strptime(stamped["last_updated"], TIME_FORM).replace(tzinfo=UTC) if is_copied else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _removal(past: _Past, before: dict[str, Revision], tombstone: dict[str, Any], published_at: datetime) -> Revision:
    """The revision that removed an entry; only its tombstone was published."""
    key = tombstone["key"]
    if key in before and before[key].lifecycle == "removed":
        return before[key]
    said = (key, tombstone["serial"])
    if said in past.removals:
        return past.removals[said]
    last = past.last[key]
    if last.lifecycle == "removed":
        # It was rolled back, and published again: no revision of its own.
        past.removals[said] = last
        return last
    replacement = {"replacement": tombstone["replacement"]} if tombstone["replacement"] else {}
    lifecycle = {
        "state": "removed",
        "since": published_at.date().isoformat(),
        "reason": tombstone["reason"],
        **replacement,
    }
    past.removals[said] = _write_revision(
        past, key, last.number + 1, {**last.document, "lifecycle": lifecycle}, published_at
    )
    return past.removals[said]


def _write_revision(past: _Past, key: str, number: int, document: dict[str, Any], recorded_at: datetime) -> Revision:
    content = canonical_bytes(document)
    revision = Revision.objects.create(
        entry_key=key,
        number=number,
        canonical=content.decode(),
        sha256=sha256_hex(content),
        size_bytes=len(content),
        lifecycle=document.get("lifecycle", {}).get("state", "active"),
        category=document["provider_type"] if kind_of(key) == "provider" else document["category"],
        schema_version=document["schema_version"],
        change_note=NOTE,
        source=RevisionSource.COMMAND,
        created_at=recorded_at,
    )
    past.revisions[key, number] = revision
    if key not in past.last or past.last[key].number < number:
        past.last[key] = revision
    return revision


def _restore_entries(past: _Past, live_aliases: Mapping[str, str]) -> None:
    """A row for every entry there is a revision of, as the newest revision left it.

    The live one may be older, after a rollback: then the newest shows as not approved.
    """
    # The order of names is that of references: builders, providers, stacks.
    for key in sorted(past.last):
        revision = past.last[key]
        fields = fields_from_document(kind_of(key), revision.document)
        entry = model_of(key)(**{name: value for name, value in fields.items() if name not in RELATIONS})
        if isinstance(entry, Stack):
            entry.builder = Builder.objects.filter(slug=fields["builder"]).first()
        entry.latest_revision = revision
        entry.approved_revision = entry.live_revision = past.live.get(key)
        entry.save()
        # What is not live any more may claim what another entry has taken since.
        set_aliases(key, [old_key for old_key in fields["aliases"] if live_aliases.get(old_key, key) == key])
        if isinstance(entry, Provider):
            entry.incompatible_builders.set(Builder.objects.filter(slug__in=fields["incompatible_builders"]))
        if isinstance(entry, Stack):
            set_stack_providers(entry, fields["providers"])


def _restore_keys(store: Store) -> None:
    for key in _read_keys(store):
        SigningKey.objects.update_or_create(
            kid=key["kid"],
            defaults={
                "x": key["x"],
                "not_before": datetime.fromisoformat(key["not_before"]),
                "not_after": datetime.fromisoformat(key["not_after"]) if key["not_after"] else None,
            },
        )


def _read_keys(store: Store) -> list[dict[str, Any]]:
    stored = store.get(KEYS_PATH)
    if stored is None:
        return []
    try:
        listed = json.loads(stored.content)
    except (ValueError, RecursionError):
        listed = None
    if validate_document("keys", listed):
        raise RefusedError(f"{KEYS_PATH} is damaged; the tree cannot be restored from here.")
    keys: list[dict[str, Any]] = listed["keys"]
    return keys


def _read_json(store: Store, path: str) -> dict[str, Any]:
    """A file named by its digest. Raises RefusedError if it is missing or damaged."""
    stored = store.get(path)
    if stored is None or sha256_hex(stored.content) != path.rpartition("/")[2].removesuffix(".json"):
        raise RefusedError(f"{path} is missing or damaged; the tree cannot be restored from here.")
    value: dict[str, Any] = json.loads(stored.content)
    return value

"""The rows that reads and searches are answered from (models/index.py), brought to what a snapshot makes live.

Written from nothing but revisions and snapshots, a chunk at a time, in the transaction that marks the snapshot live:
whoever reads sees the whole before it or the whole after it.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.documents.canonical import sha256_hex
from catalog.documents.mapping import kind_of
from catalog.models import ENTRY_MODELS, LiveEntry, LiveWord, Revision, Snapshot, SnapshotChange, Tag
from catalog.models.choices import Lifecycle
from catalog.models.index import TagKind
from catalog.publishing.candidate import CHUNK, read_revisions
from catalog.publishing.rollback import PUBLISHED
from catalog.publishing.tree import stamp
from catalog.search.vocabulary import count_words
from catalog.search.words import join_words, split_words

LISTS = {TagKind.FEATURE: "key_features", TagKind.ENGINE: "ssg_engine_options", TagKind.MARKET: "target_market"}
TEXTS = ("category", "tier_name", "description", "best_for")
TagName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """The snapshot that last changed an entry."""

    serial: int
    published_at: datetime


def update_live_entries(snapshot: Snapshot) -> None:
    """Write, or delete, the rows of exactly the entries that `snapshot` changes. To be called as it becomes live."""
    if snapshot.serial is None or snapshot.published_at is None:
        raise ValueError("A snapshot without a serial cannot be live.")
    edge = Edge(snapshot.serial, snapshot.published_at)
    changes = snapshot.changes.order_by("entry_key").values_list("entry_key", "new_revision")
    _write(list(changes), lambda keys: dict.fromkeys(keys, edge))


@transaction.atomic
def rebuild_live_entries() -> int:
    """Write all rows anew from the live revisions; how many there are now."""
    LiveEntry.objects.all().delete()
    LiveWord.objects.all().delete()
    Tag.objects.all().delete()
    for model in ENTRY_MODELS:
        live = model.objects.filter(live_revision__isnull=False).order_by("key")
        _write(list(live.values_list("key", "live_revision")), _last_changes)
    return LiveEntry.objects.count()


def live_body(revision: Revision, *, serial: int) -> str:
    """The document as the API answers it: as it is published, and what lists of every kind have."""
    whole = common_members(revision) | stamp(revision.document, last_updated=revision.created_at, serial=serial)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def common_members(revision: Revision) -> dict[str, str]:
    """What every item of a list has, whatever its kind."""
    document = revision.document
    return {
        "id": revision.entry_key.rpartition("/")[2],
        "name": document["display_name"],
        "description": document.get("description", ""),
        "icon": document.get("icon", ""),
    }


def _write(
    targets: Sequence[tuple[str, int | None]], edges_of: Callable[[Collection[str]], Mapping[str, Edge]]
) -> None:
    """`targets`: (key, id of the live revision, None for what is not live any more)."""
    words: Counter[str] = Counter()
    for start in range(0, len(targets), CHUNK):
        chunk = dict(targets[start : start + CHUNK])
        words.subtract(_searched_words(LiveEntry.objects.filter(key__in=chunk)))
        _delete(chunk)
        edges = edges_of(chunk)
        revisions = read_revisions([revision_id for revision_id in chunk.values() if revision_id is not None])
        words.update(_searched_words(_insert((revision, edges[revision.entry_key]) for revision in revisions)))
    count_words(words)


def _searched_words(rows: Iterable[LiveEntry]) -> Iterator[str]:
    return (word for row in rows if row.kind == "provider" for word in row.words.split())


def _last_changes(keys: Collection[str]) -> dict[str, Edge]:
    changes = SnapshotChange.objects.filter(entry_key__in=keys, snapshot__state__in=PUBLISHED)
    columns = ("entry_key", "snapshot__serial", "snapshot__published_at")
    return {key: Edge(serial, at) for key, serial, at in changes.order_by("snapshot__serial").values_list(*columns)}


def _delete(keys: Collection[str]) -> None:
    """The rows, and tags that no other row has."""
    gone = LiveEntry.objects.filter(key__in=keys)
    tag_ids = list(Tag.objects.filter(entries__in=gone).distinct().values_list("pk", flat=True))
    gone.delete()
    for start in range(0, len(tag_ids), CHUNK):
        Tag.objects.filter(pk__in=tag_ids[start : start + CHUNK], entries=None).delete()


def _insert(revisions: Iterable[tuple[Revision, Edge]]) -> list[LiveEntry]:
    published = [pair for pair in revisions if pair[0].lifecycle != Lifecycle.REMOVED]
    rows = LiveEntry.objects.bulk_create([_row(revision, edge) for revision, edge in published])
    names = [tags_of(revision.document) for revision, _ in published]
    tag_ids = _tag_ids({name for row_names in names for name in row_names})
    through = LiveEntry.tags.through
    through.objects.bulk_create(
        through(liveentry_id=row.pk, tag_id=tag_ids[name])
        for row, row_names in zip(rows, names, strict=True)
        for name in row_names
    )
    return rows


def _row(revision: Revision, edge: Edge) -> LiveEntry:
    document, kind = revision.document, kind_of(revision.entry_key)
    body = live_body(revision, serial=edge.serial)
    least, most = document.get("monthly_cost_range", (None, None))
    return LiveEntry(
        key=revision.entry_key,
        kind=kind,
        slug=revision.entry_key.rpartition("/")[2],
        revision=revision,
        serial=edge.serial,
        updated_at=edge.published_at,
        body=body,
        etag=sha256_hex(body.encode()),
        display_name=document["display_name"],
        group=revision.category,
        lifecycle=revision.lifecycle,
        complexity=document.get("complexity_level", ""),
        currency="" if kind == "builder" else document.get("currency", "USD"),
        monthly_cost_min=least,
        monthly_cost_max=most,
        names=names_of(revision.entry_key, document),
        words=words_of(revision.entry_key, document),
    )


def tags_of(document: Mapping[str, Any]) -> list[TagName]:
    """(kind, name) of every tag, sorted."""
    return sorted({(kind.value, name) for kind, member in LISTS.items() for name in document.get(member, [])})


def names_of(key: str, document: Mapping[str, Any]) -> str:
    """What it is called, and was: also as one word, for whoever leaves out what joins the words."""
    slug = key.rpartition("/")[2]
    former = [alias.rpartition("/")[2] for alias in document.get("aliases", [])]
    joined = ["".join(split_words(name)) for name in (document["display_name"], slug)]
    return join_words([document["display_name"], slug, *joined, *former])


def words_of(key: str, document: Mapping[str, Any]) -> str:
    """Everything that it can be found by; its names come first."""
    texts = [document.get(name, "") for name in TEXTS]
    return join_words(
        [names_of(key, document), key.rpartition("/")[0], *texts, *(name for _, name in tags_of(document))]
    )


def _tag_ids(names: Collection[TagName]) -> dict[TagName, int]:
    """The id of each tag; those that are missing are made. Two queries a chunk."""
    Tag.objects.bulk_create((Tag(kind=kind, name=name) for kind, name in sorted(names)), ignore_conflicts=True)
    wanted, found = sorted({name for _, name in names}), {}
    for start in range(0, len(wanted), CHUNK):
        tags = Tag.objects.filter(name__in=wanted[start : start + CHUNK])
        found.update({(kind, name): pk for pk, kind, name in tags.values_list("pk", "kind", "name")})
    return found

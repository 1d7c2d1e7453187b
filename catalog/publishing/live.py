"""The rows that reads and searches are answered from (models/index.py), brought to what a snapshot makes live.

Written from nothing but revisions and snapshots, a chunk at a time, in the transaction that marks the snapshot live:
whoever reads sees the whole before it or the whole after it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from catalog.models import ENTRY_MODELS, LiveEntry, LiveProvider, LiveWord, ProviderTag, Snapshot, SnapshotChange, Tag
from catalog.models.choices import Lifecycle
from catalog.models.snapshots import SnapshotState
from catalog.publishing.candidate import CHUNK, read_revisions
from catalog.publishing.live_rows import Edge, TagName, entry_row, provider_row, tags_of
from catalog.publishing.rollback import PUBLISHED
from catalog.search.vocabulary import count_words

PROVIDER = "provider"
EdgesOf = Callable[[Collection[str]], Mapping[str, Edge]]


def update_live_entries(snapshot: Snapshot) -> None:
    """Write, or delete, the rows of exactly the entries that `snapshot` changes. To be called as it becomes live."""
    if snapshot.serial is None or snapshot.published_at is None:
        raise ValueError("A snapshot without a serial cannot be live.")
    edge = Edge(snapshot.serial, snapshot.published_at)
    changes = snapshot.changes.order_by("entry_key").values_list("entry_key", "new_revision")
    _write(list(changes), edges_of=lambda keys: dict.fromkeys(keys, edge))


@transaction.atomic
def rebuild_live_entries() -> int:
    """Write all rows anew from the live revisions; how many there are now."""
    for rows in (ProviderTag.objects, LiveProvider.objects, Tag.objects, LiveWord.objects, LiveEntry.objects):
        rows.all().delete()
    for entries in ENTRY_MODELS:
        live = entries.objects.filter(live_revision__isnull=False).order_by("key")
        _write(list(live.values_list("key", "live_revision")), edges_of=_last_changes)
    return LiveEntry.objects.count()


def fill_live_entries(**kwargs: Any) -> None:
    """A receiver of `post_migrate`: makes the rows of what was live before there were any."""
    if "catalog_liveprovider" not in connection.introspection.table_names():
        return
    if Snapshot.objects.filter(state=SnapshotState.LIVE).exists() and not LiveEntry.objects.exists():
        rebuild_live_entries()


def _write(targets: Sequence[tuple[str, int | None]], *, edges_of: EdgesOf) -> None:
    """`targets`: (key, id of the live revision, None for what is not live any more)."""
    words: Counter[str] = Counter()
    for start in range(0, len(targets), CHUNK):
        chunk = dict(targets[start : start + CHUNK])
        old_words, old_tags = _delete(chunk)
        new_words, new_tags = _insert([pk for pk in chunk.values() if pk is not None], edges_of(chunk))
        words.subtract(old_words)
        words.update(new_words)
        _forget_unused(old_tags - new_tags)
    count_words(words)


def _last_changes(keys: Collection[str]) -> dict[str, Edge]:
    changes = SnapshotChange.objects.filter(entry_key__in=keys, snapshot__state__in=PUBLISHED)
    columns = ("entry_key", "snapshot__serial", "snapshot__published_at")
    return {key: Edge(serial, at) for key, serial, at in changes.order_by("snapshot__serial").values_list(*columns)}


def _delete(keys: Collection[str]) -> tuple[list[str], set[int]]:
    """Delete the rows; the words that they were found by, and the ids of their tags."""
    gone = LiveEntry.objects.filter(key__in=keys)
    words = _searched_words(gone.only("kind", "words"))
    tag_ids = set(ProviderTag.objects.filter(provider__key__in=keys).values_list("tag", flat=True).distinct())
    gone.delete()
    return words, tag_ids


def _forget_unused(tag_ids: Collection[int]) -> None:
    """Delete those of these tags that no provider has."""
    ids = sorted(tag_ids)
    for start in range(0, len(ids), CHUNK):
        # Looked up for each tag: a join would read all that have one of these.
        is_used = Exists(ProviderTag.objects.filter(tag=OuterRef("pk")))
        Tag.objects.filter(~is_used, pk__in=ids[start : start + CHUNK]).delete()


def _insert(revision_ids: Sequence[int], edges: Mapping[str, Edge]) -> tuple[list[str], set[int]]:
    """Write the rows of these revisions; the words that they are found by, and the ids of their tags."""
    published = [each for each in read_revisions(revision_ids) if each.lifecycle != Lifecycle.REMOVED]
    rows = LiveEntry.objects.bulk_create([entry_row(revision, edges[revision.entry_key]) for revision in published])
    providers = [row for row in rows if row.kind == PROVIDER]
    LiveProvider.objects.bulk_create([provider_row(row) for row in providers])
    names = {row.pk: tags_of(row.revision.document) for row in providers}
    tag_ids = _tag_ids({name for row_names in names.values() for name in row_names})
    ProviderTag.objects.bulk_create(
        ProviderTag(provider_id=pk, tag_id=tag_ids[name]) for pk, row_names in names.items() for name in row_names
    )
    return _searched_words(providers), set(tag_ids.values())


def _searched_words(rows: Iterable[LiveEntry]) -> list[str]:
    return [word for row in rows if row.kind == PROVIDER for word in row.words.split()]


def _tag_ids(names: Collection[TagName]) -> dict[TagName, int]:
    """The id of each tag; those that are missing are made. Few queries a chunk."""
    Tag.objects.bulk_create((Tag(kind=kind, name=name) for kind, name in sorted(names)), ignore_conflicts=True)
    wanted, found = sorted({name for _, name in names}), {}
    for start in range(0, len(wanted), CHUNK):
        tags = Tag.objects.filter(name__in=wanted[start : start + CHUNK])
        found.update({(kind, name): pk for pk, kind, name in tags.values_list("pk", "kind", "name")})
    return found

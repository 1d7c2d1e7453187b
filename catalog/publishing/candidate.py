"""Reads the next whole out of the database: what is live, overlaid with what one publish changes.

Only what the changed shards need is read; documents are streamed, never held all at once.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from functools import cache, partial, reduce
from operator import or_

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from catalog.documents.mapping import references_of
from catalog.models import ENTRY_MODELS, Revision, Snapshot, model_of
from catalog.models.choices import Lifecycle
from catalog.publishing.plan import (
    Change,
    EntryProblem,
    Side,
    alias_problems,
    document_problems,
    reference_problems,
)
from catalog.publishing.tree import IndexLine, group_of

CHUNK = 500
MAX_SEARCHED = 20
REVISION_COLUMNS = ("id", "number", "sha256", "lifecycle", "category")
Changes = Mapping[str, Change]


def collect_changes() -> dict[str, Change]:
    """Every entry whose approved revision is not the live one, by key. Three queries."""
    columns = [f"{side}_revision__{column}" for side in ("live", "approved") for column in REVISION_COLUMNS]
    changes = {}
    for model in ENTRY_MODELS:
        behind = model.objects.filter(approved_revision__isnull=False).exclude(approved_revision=F("live_revision"))
        for key, *values in behind.values_list("key", *columns):
            changes[key] = _change(key, values)
    return dict(sorted(changes.items()))


def read_changes(snapshot: Snapshot) -> dict[str, Change]:
    """What was asked for with this snapshot, by key. One query."""
    columns = [f"{side}_revision__{column}" for side in ("old", "new") for column in REVISION_COLUMNS]
    rows = snapshot.changes.order_by("entry_key").values_list("entry_key", *columns)
    return {key: _change(key, values) for key, *values in rows}


def changes_between(steps: Mapping[str, tuple[int | None, int | None]]) -> list[Change]:
    """Changes of key -> (id of a revision before, id of one after), in order of their keys. A query for every 500."""
    ids = sorted({pk for pair in steps.values() for pk in pair if pk is not None})
    sides: dict[int, Side] = {}
    for start in range(0, len(ids), CHUNK):
        rows = Revision.objects.filter(pk__in=ids[start : start + CHUNK]).order_by()
        sides.update({row[0]: Side(*row) for row in rows.values_list(*REVISION_COLUMNS)})
    return [
        Change(key, sides[old] if old else None, sides[new] if new else None)
        for key, (old, new) in sorted(steps.items())
    ]


def rebase_changes(snapshot: Snapshot) -> None:
    """Bring what was asked for up to date: another publish may have gone live since. Two queries."""
    live = [Subquery(model.objects.filter(key=OuterRef("entry_key")).values("live_revision")) for model in ENTRY_MODELS]
    snapshot.changes.update(old_revision=Coalesce(*live))
    snapshot.changes.filter(old_revision=F("new_revision")).delete()


def live_keys() -> dict[str, str]:
    """Key -> group in the manifest, of everything that readers see. Three queries, O(catalogue) but light."""
    keys: dict[str, str] = {}
    for model in ENTRY_MODELS:
        live = model.objects.filter(live_revision__isnull=False).exclude(live_revision__lifecycle=Lifecycle.REMOVED)
        keys.update(live.values_list("key", "live_revision__category"))
    return keys


def candidate_keys(changes: Changes) -> dict[str, str]:
    """`live_keys` as they will be after `changes`."""
    keys = {key: group for key, group in live_keys().items() if key not in changes}
    return keys | {key: change.published.category for key, change in changes.items() if change.published}


def group_lines(group: str, changes: Changes) -> list[IndexLine]:
    """The index of one group (`providers/cms`) as it will be after `changes`, in order of keys. Two queries."""
    columns = ("key", *(f"live_revision__{column}" for column in ("sha256", "size_bytes", "number", "lifecycle", "id")))
    live = model_of(f"{group}/").objects.filter(key__startswith=f"{group}/", live_revision__isnull=False)
    lines = {line.key: line for line in map(IndexLine._make, live.values_list(*columns))}
    for key in changes:
        lines.pop(key, None)
    mine = [change.new.revision_id for key, change in changes.items() if change.new and group_of(key) == group]
    for revision in _chunked_revisions(mine):
        lines[revision.entry_key] = IndexLine(
            revision.entry_key, revision.sha256, revision.size_bytes, revision.number, revision.lifecycle, revision.pk
        )
    return [lines[key] for key in sorted(lines) if lines[key].lifecycle != Lifecycle.REMOVED]


def read_revisions(revision_ids: Sequence[int]) -> Iterator[Revision]:
    """The revisions with these ids, a chunk at a time."""
    yield from _chunked_revisions(revision_ids, with_documents=True)


def read_texts(revision_ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(id, canonical text) of the revisions with these ids, a chunk at a time; nothing else of them is made."""
    for start in range(0, len(revision_ids), CHUNK):
        yield from Revision.objects.filter(pk__in=revision_ids[start : start + CHUNK]).values_list("pk", "canonical")


def find_problems(changes: Changes, *, on_document: Callable[[int], None] = lambda _: None) -> list[EntryProblem]:
    """Everything that keeps `changes` from being published, at once; sorted by key and path."""
    # O(catalogue), so it is read only if something is named.
    published = cache(partial(_published_keys, changes))
    problems: list[EntryProblem] = []
    claims: dict[str, list[str]] = defaultdict(list)
    revisions = read_revisions([change.new.revision_id for change in changes.values() if change.new])
    for done, revision in enumerate(revisions, start=1):
        on_document(done)
        wrong = document_problems(revision.entry_key, revision.document)
        problems += wrong
        # What does not fit its schema names nothing in a shape that could be followed.
        if not wrong and revision.lifecycle != Lifecycle.REMOVED:
            problems += _reference_problems(revision, published)
            for old_key in revision.document.get("aliases", []):
                claims[old_key].append(revision.entry_key)
    # Two names can only meet where one of them is new.
    has_new_names = bool(claims) or any(change.verb == "added" for change in changes.values())
    for revision in _live_documents(['"aliases":['] if has_new_names else [], without=changes):
        for old_key in revision.document.get("aliases", []):
            claims[old_key].append(revision.entry_key)
    gone = [key for key, change in changes.items() if change.published is None]
    for revision in _live_mentions({*gone, *(key.rpartition("/")[2] for key in gone)}, without=changes):
        problems += _reference_problems(revision, published)
    return sorted({*problems, *(alias_problems(claims, published=published()) if claims else [])})


def _published_keys(changes: Changes) -> Set[str]:
    return candidate_keys(changes).keys()


def _reference_problems(revision: Revision, published: Callable[[], Set[str]]) -> list[EntryProblem]:
    if not references_of(revision.document):
        return []
    return reference_problems(revision.entry_key, revision.document, published=published())


def _live_mentions(texts: Collection[str], *, without: Changes) -> Iterator[Revision]:
    """Live documents, other than those of `without`, in which one of `texts` stands as a JSON string, or may."""
    if len(texts) > MAX_SEARCHED:
        # Reading all of them once is less than looking for so many texts in each.
        return _live_documents([""], without=without)
    return _live_documents([f'"{text}"' for text in sorted(texts)], without=without)


def _live_documents(parts: Sequence[str], *, without: Changes) -> Iterator[Revision]:
    """Live documents, other than those of `without`, with one of `parts` in their canonical text. Three queries."""
    if not parts:
        return
    is_found = reduce(or_, (Q(canonical__contains=part) for part in parts))
    for model in ENTRY_MODELS:
        live = Subquery(model.objects.filter(live_revision__isnull=False).values("live_revision"))
        found = Revision.objects.filter(is_found, pk__in=live).exclude(lifecycle=Lifecycle.REMOVED).order_by()
        for revision in found.iterator(CHUNK):
            if revision.entry_key not in without:
                yield revision


def _chunked_revisions(ids: Sequence[int], *, with_documents: bool = False) -> Iterator[Revision]:
    for start in range(0, len(ids), CHUNK):
        revisions = Revision.objects.filter(pk__in=ids[start : start + CHUNK])
        yield from (revisions if with_documents else revisions.defer("canonical", "change_note"))


def _change(key: str, values: Sequence[object]) -> Change:
    old, new = values[: len(REVISION_COLUMNS)], values[len(REVISION_COLUMNS) :]
    return Change(key, _side(old), _side(new))


def _side(values: Sequence[object]) -> Side | None:
    return None if values[0] is None else Side(*values)  # type: ignore[arg-type]

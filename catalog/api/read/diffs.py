"""`GET /snapshots/{a}/diff/{b}`: what differs between two published wholes, entry by entry. It never changes."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.api.read.answers import FOREVER_CACHE, Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.paging import Cursor, Position, link_next, read_cursor, write_cursor
from catalog.api.read.parameters import read_query
from catalog.api.read.snapshot_shapes import DIFF_SHAPE
from catalog.api.read.snapshots import find_published
from catalog.documents.diff import diff_documents
from catalog.models import Revision
from catalog.models.choices import Lifecycle
from catalog.publishing.candidate import CHUNK, read_revisions
from catalog.publishing.rollback import steps_between


class Step(NamedTuple):
    """One entry that differs; the ids of its revisions, None where it was not published."""

    key: str
    verb: str
    old_id: int | None
    new_id: int | None


class DiffView(ReadView):
    """From serial `earlier` to serial `later`; a step back if that is the lower one. 0 is the empty registry."""

    @extend_schema(**DIFF_SHAPE)
    def get(self, request: Request, earlier: int, later: int) -> HttpResponse:
        query = read_query(request, ("cursor", "limit"))
        limit = query.limit()
        query.check()
        listing = f"diff {earlier} {later}"
        cursor = read_cursor(query.values["cursor"], listing=listing) if "cursor" in query.values else None
        digests = [find_published(serial).sha256 if serial else "" for serial in (earlier, later)]
        freshness = Freshness(etag_of(*digests, request.get_full_path()), cache=FOREVER_CACHE)
        answer = not_modified(request, freshness)
        if answer:
            return answer
        steps = read_steps(earlier, later, *digests)
        rest = [step for step in steps if cursor is None or step.key > cursor.position.key]
        body = {
            "from": earlier,
            "to": later,
            "counts": {verb: sum(step.verb == verb for step in steps) for verb in ("added", "changed", "removed")},
            "entries": describe_steps(rest[:limit]),
        }
        answer = answer_with(request, json.dumps(body, ensure_ascii=False, separators=(",", ":")), freshness=freshness)
        if len(rest) > limit:
            more = Cursor(later, Position(None, rest[limit - 1].key))
            answer["Link"] = link_next(request, write_cursor(more, listing=listing))
        return answer


@lru_cache(maxsize=4)
def read_steps(earlier: int, later: int, *digests: str) -> tuple[Step, ...]:
    """In order of keys. What is found is kept: what was published stays as it was.

    `digests` of the two tell them from those of another database.
    """
    if earlier > later:
        pairs = {key: (old, new) for key, (new, old) in steps_between(later, earlier).items()}
    else:
        pairs = steps_between(earlier, later)
    digests_by_id = _published_digests([pk for pair in pairs.values() for pk in pair if pk is not None])
    steps = []
    for key, (old, new) in sorted(pairs.items()):
        old_id, new_id = (pk if pk in digests_by_id else None for pk in (old, new))
        before, after = (digests_by_id.get(pk) if pk is not None else None for pk in (old_id, new_id))
        if before != after:
            verb = "added" if before is None else "removed" if after is None else "changed"
            steps.append(Step(key, verb, old_id, new_id))
    return tuple(steps)


def _published_digests(revision_ids: list[int]) -> dict[int, str]:
    """Id -> digest of those that were documents for readers."""
    found: dict[int, str] = {}
    for start in range(0, len(revision_ids), CHUNK):
        revisions = Revision.objects.filter(pk__in=revision_ids[start : start + CHUNK])
        found.update(revisions.exclude(lifecycle=Lifecycle.REMOVED).values_list("pk", "sha256"))
    return found


def describe_steps(steps: list[Step]) -> list[dict[str, Any]]:
    """Each with the members that differ, where the entry is in both. A query for 500 revisions."""
    changed = [step for step in steps if step.verb == "changed"]
    ids = [revision_id for step in changed for revision_id in (step.old_id, step.new_id) if revision_id is not None]
    documents = {revision.pk: revision.document for revision in read_revisions(ids)}
    described: list[dict[str, Any]] = []
    for step in steps:
        differences = []
        if step.verb == "changed" and step.old_id is not None and step.new_id is not None:
            differences = diff_documents(documents[step.old_id], documents[step.new_id])
        described.append(
            {
                "key": step.key,
                "change": step.verb,
                "differences": [
                    {"path": each.path, "before": each.before, "after": each.after} for each in differences
                ],
            }
        )
    return described

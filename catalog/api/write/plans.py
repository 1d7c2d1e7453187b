"""What a publish or a rollback would do, for whoever tries it first: counts of all, and a page of the changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from catalog.actions.snapshots import plan_digest, steps_of
from catalog.api.problems import UnprocessableError
from catalog.api.read.parameters import Query, read_query
from catalog.api.write.revisions import shown_difference
from catalog.documents.diff import diff_documents
from catalog.publishing.candidate import live_keys, read_revisions
from catalog.publishing.plan import Change, EntryProblem, is_mass_change

VERBS = ("added", "changed", "removed")
PARAMETERS = ("dry_run", "limit", "cursor")
MAX_KEY_LENGTH = 160


def read_dry_run(request: Request) -> Query | None:
    """The query if only the plan is wanted, None if it is to be done. Raises BadRequestError, UnprocessableError."""
    query = read_query(request, PARAMETERS)
    is_dry = query.choice("dry_run", ("true", "false"), default="false") == "true"
    query.limit()
    if len(query.values.get("cursor", "")) > MAX_KEY_LENGTH:
        query.refuse("cursor", "cursor", "This is no cursor of this list; take next_cursor of the page before.")
    query.check()
    if is_dry:
        return query
    for name in PARAMETERS[1:]:
        if name in query.values:
            query.refuse(name, "dry_run_only", f"{name} is for ?dry_run=true.")
    if query.problems:
        raise UnprocessableError("Nothing was asked for: the query is that of a dry run.", errors=query.problems)
    return None


def shown_plan(
    changes: Mapping[str, Change], query: Query, *, problems: Sequence[EntryProblem] = (), can_be_mass: bool = True
) -> dict[str, Any]:
    """The plan as answers have it; its cursor is the key of the last change of a page."""
    keys = sorted(key for key in changes if key > query.values.get("cursor", ""))
    page = [changes[key] for key in keys[: query.limit()]]
    percent = settings.REGISTRY_MASS_CHANGE_PERCENT
    return {
        "plan": plan_digest(steps_of(changes)),
        "counts": {verb: sum(change.verb == verb for change in changes.values()) for verb in VERBS},
        "is_mass_change": can_be_mass and is_mass_change(changes.values(), live=len(live_keys()), percent=percent),
        "changes": _shown(page),
        "next_cursor": page[-1].key if len(keys) > len(page) else None,
        "problems": [
            {"key": problem.key, "path": problem.path, "code": problem.code, "message": problem.message}
            for problem in problems
        ],
    }


def _shown(changes: Sequence[Change]) -> list[dict[str, Any]]:
    ids = [side.revision_id for change in changes for side in (change.old, change.new) if side]
    documents = {revision.pk: revision.document for revision in read_revisions(ids)}
    return [_shown_change(change, documents) for change in changes]


def _shown_change(change: Change, documents: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    # What a removed entry was before it was removed is no news to anybody.
    before = documents[change.old.revision_id] if change.old and change.verb != "added" else {}
    after = documents[change.new.revision_id] if change.new else {}
    return {
        "key": change.key,
        "verb": change.verb,
        "old_revision": change.old.number if change.old else None,
        "new_revision": change.new.number if change.new else None,
        "differences": [shown_difference(each) for each in diff_documents(before, after)] if change.new else [],
    }

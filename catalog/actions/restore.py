"""Bring back what an earlier revision said, as a new draft; what cannot come back is named before and left out."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from catalog.actions.direction import saving_problems
from catalog.actions.entries import save_entry
from catalog.actions.errors import InvalidDocumentError, RefusedError
from catalog.actions.lifecycle import gone_references, refuse_lifecycle
from catalog.actions.revisions import Change, lock_entry
from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.models import ENTRY_MODELS, Alias, CatalogEntry, Revision
from catalog.models.history import RevisionSource
from catalog.schemas.library import CURRENT_VERSIONS, load_schema
from catalog.schemas.validation import Problem, validate_document


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One thing that does not come back: JSON Pointer, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Restoration:
    """What restoring `revision` would make of the entry; with `problems` it is not possible."""

    revision: Revision
    before: Mapping[str, Any]
    document: dict[str, Any]
    left_out: Sequence[LeftOut] = ()
    problems: Sequence[Problem] = ()

    @property
    def sha256(self) -> str:
        return sha256_hex(canonical_bytes(self.document))


def plan_restore(entry: CatalogEntry, *, number: int, may_change_schema: bool = True) -> Restoration:
    """What `restore_revision` would do now. Raises RefusedError if the entry has no such revision."""
    revision = Revision.objects.filter(entry_key=entry.key, number=number).first()
    latest = entry.latest_revision
    if revision is None or latest is None:
        raise RefusedError(f"{entry.key} has no revision {number}.")
    plan = Restoration(revision, latest.document, copy.deepcopy(revision.document))
    plan = _in_current_schema(entry.kind, plan)
    plan = _without_gone_references(plan)
    plan = _without_taken_aliases(entry.key, plan)
    plan = _with_possible_lifecycle(entry, plan)
    for member in () if may_change_schema else ("backend", "config_schema"):
        plan = _with_guarded_member_of_now(plan, member)
    return replace(plan, problems=saving_problems(entry.kind, plan.document))


@transaction.atomic
def restore_revision(
    entry: CatalogEntry,
    *,
    number: int,
    by: User,
    note: str,
    expected_revision: int,
    expected_sha256: str = "",
    breaking_schema_reason: str = "",
) -> Revision:
    """Make the content of revision `number` the newest draft, without what `plan_restore` leaves out.

    `expected_sha256` is the digest of the plan that was looked at, empty for whoever does not care;
    `breaking_schema_reason` as for `Change`. Raises StaleEntryError, InvalidDocumentError, SchemaGateError, or
    RefusedError (no such revision, no note, nothing would change, another plan by now).
    """
    locked = lock_entry(entry, expected_revision=expected_revision)
    plan = plan_restore(locked, number=number, may_change_schema=by.has_perm("catalog.change_config_schema"))
    if plan.problems:
        raise InvalidDocumentError(locked.key, plan.problems)
    if expected_sha256 and expected_sha256 != plan.sha256:
        raise RefusedError("Something that this revision names was changed meanwhile: look again at what comes back.")
    change = Change(by=by, note=note, source=RevisionSource.RESTORE, breaking_schema_reason=breaking_schema_reason)
    revision = save_entry(locked.kind, plan.document, change)
    if revision is None:
        raise RefusedError(f"Nothing would change: {locked.key} has this content now.")
    entry.refresh_from_db()
    return revision


def _in_current_schema(kind: str, plan: Restoration) -> Restoration:
    """Without the members that the current schema refuses, unless it needs them."""
    document = {**plan.document, "schema_version": CURRENT_VERSIONS[kind]}
    schema = load_schema(kind, CURRENT_VERSIONS[kind])
    left_out = []
    for problem in validate_document(kind, document):
        member = problem.path.split("/")[1] if problem.path else ""
        if member in document and member not in schema["required"]:
            del document[member]
            known = member in schema["properties"]
            why = f"It is not valid any more: {problem.message}" if known else "Entries have no such detail any more."
            left_out.append(LeftOut(f"/{member}", why))
    return _less(plan, document, left_out)


def _without_gone_references(plan: Restoration) -> Restoration:
    document = plan.document
    left_out = []
    # From the end, so that positions in lists stay right.
    for path, key in reversed(gone_references(document)):
        left_out.append(LeftOut(path, f"{key} is removed or does not exist any more."))
        _, *parents, last = path.split("/")
        holder: Any = document
        for name in parents:
            holder = holder[name]
        del holder[int(last) if isinstance(holder, list) else last]
    providers = {kind: slugs for kind, slugs in document.get("providers", {}).items() if slugs}
    document = {**document, "providers": providers}
    return _less(plan, _without_empty(document, ("providers", "incompatible_builders")), left_out[::-1])


def _without_taken_aliases(key: str, plan: Restoration) -> Restoration:
    wanted = plan.document.get("aliases", [])
    taken = dict(Alias.objects.filter(old_key__in=wanted).exclude(key=key).values_list("old_key", "key"))
    for model in ENTRY_MODELS if wanted else ():
        taken.update((found, found) for found in model.objects.filter(key__in=wanted).values_list("key", flat=True))
    kept = [old_key for old_key in wanted if old_key not in taken]
    left_out = [
        LeftOut("/aliases", f"{old_key} {'is an entry' if owner == old_key else f'leads to {owner}'} by now.")
        for old_key, owner in sorted(taken.items())
    ]
    return _less(plan, _without_empty({**plan.document, "aliases": kept}, ("aliases",)), left_out)


def _with_possible_lifecycle(entry: CatalogEntry, plan: Restoration) -> Restoration:
    """With the revision's lifecycle where that is allowed now, else with that of now."""
    lifecycle = plan.document.get("lifecycle", {})
    if lifecycle == plan.before.get("lifecycle", {}):
        return plan
    try:
        refuse_lifecycle(entry, lifecycle)
    except RefusedError as error:
        return _less(plan, _with_member_of_now(plan, "lifecycle"), [LeftOut("/lifecycle", str(error))])
    return plan


def _with_guarded_member_of_now(plan: Restoration, member: str) -> Restoration:
    if plan.document.get(member) == plan.before.get(member):
        return plan
    why = "Only a schema admin may change it; it stays as it is now."
    return _less(plan, _with_member_of_now(plan, member), [LeftOut(f"/{member}", why)])


def _with_member_of_now(plan: Restoration, member: str) -> dict[str, Any]:
    document = {name: value for name, value in plan.document.items() if name != member}
    return document | ({member: plan.before[member]} if member in plan.before else {})


def _without_empty(document: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value or name not in members}


def _less(plan: Restoration, document: dict[str, Any], left_out: Iterable[LeftOut]) -> Restoration:
    return replace(plan, document=document, left_out=[*plan.left_out, *left_out])

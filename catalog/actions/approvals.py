"""Approve what may be published, reject it, and take an approval back."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog.actions.errors import InvalidDocumentError, RefusedError
from catalog.actions.revisions import MAX_NOTE, lock_entry, one_line
from catalog.actions.roles import refuse_beyond_limits
from catalog.models import Approval, AuditRecord, CatalogEntry, Revision, find_entry
from catalog.models.audit import Verb
from catalog.models.history import Decision, RevisionSource
from catalog.schemas.validation import validate_document

NOT_YOUR_OWN = "You are an author of what waits for approval in {key}; somebody else must approve it."


class RefusedTogetherError(RefusedError):
    """Something among several was refused, so nothing was done; `refusals` is key -> the error of that entry."""

    def __init__(self, refusals: Mapping[str, RefusedError], *, asked: int) -> None:
        self.refusals = dict(refusals)
        super().__init__(
            "\n".join(
                [
                    f"Nothing was approved, because {len(refusals)} of {asked} cannot be:",
                    *(f"{key}: {why}" for key, why in self.refusals.items()),
                ]
            )
        )


@transaction.atomic
def approve(entry: CatalogEntry, *, number: int, by: User | None, comment: str = "") -> None:
    """Approve revision `number`, which must be the newest: what was looked at is what is approved.

    `by` is None only for the starter catalogue, which four eyes do not apply to.
    Raises StaleEntryError, InvalidDocumentError, or RefusedError (approved already; four eyes).
    """
    locked = lock_entry(entry, expected_revision=number)
    revision = locked.latest_revision
    if revision is None:
        raise RefusedError(f"{locked.key} has no revision to approve.")
    if locked.approved_revision_id == revision.pk:
        raise RefusedError(f"Revision {number} of {locked.key} is approved already.")
    _refuse_own_work(locked, revision, by)
    problems = validate_document(locked.kind, revision.document)
    if problems:
        raise InvalidDocumentError(locked.key, problems)
    _decide(locked, revision, Decision.APPROVED, by=by, comment=comment)
    _point(entry, locked, revision)


@transaction.atomic
def approve_many(numbers_by_key: Mapping[str, int], *, by: User, comment: str = "") -> None:
    """Approve the given revision of each entry, or none at all; each must be the newest, as for `approve`.

    Raises RefusedTogetherError, which names every entry that was refused, or RefusedError for an empty choice.
    """
    if not numbers_by_key:
        raise RefusedError("Tick at least one entry first.")
    refusals: dict[str, RefusedError] = {}
    # In one order for everybody, so that two who approve the same never wait for each other.
    for key in sorted(numbers_by_key):
        try:
            approve(_existing(key), number=numbers_by_key[key], by=by, comment=comment)
        except RefusedError as error:
            refusals[key] = error
    if refusals:
        raise RefusedTogetherError(refusals, asked=len(numbers_by_key))


@transaction.atomic
def reject(entry: CatalogEntry, *, number: int, by: User, comment: str) -> None:
    """Say no to revision `number`, which must be the newest: it leaves the queue until somebody saves a new one.

    Nothing else changes: what was approved before stays approved. Raises StaleEntryError, or RefusedError (no comment;
    approved or rejected already).
    """
    locked = lock_entry(entry, expected_revision=number)
    revision = locked.latest_revision
    if revision is None:
        raise RefusedError(f"{locked.key} has no revision to reject.")
    if locked.approved_revision_id == revision.pk:
        raise RefusedError(f"Revision {number} of {locked.key} is approved; withdraw the approval instead.")
    if is_rejected(revision):
        raise RefusedError(f"Revision {number} of {locked.key} is rejected already.")
    if not one_line(comment):
        raise RefusedError("Say in the comment why you reject it, so that its author knows what to change.")
    _decide(locked, revision, Decision.REJECTED, by=by, comment=comment)


def is_rejected(revision: Revision) -> bool:
    """Whether the last decision about this revision was to reject it. One query."""
    last = revision.approvals.order_by("-decided_at", "-pk").values_list("decision", flat=True).first()
    return last == Decision.REJECTED


def keys_of_own_work(entries: Iterable[CatalogEntry], *, by: User) -> set[str]:
    """The keys of those entries in which work of `by` waits for approval: four eyes keep `by` from approving them.

    Empty without four eyes. One query.
    """
    if not settings.REGISTRY_FOUR_EYES:
        return set()
    approved = {entry.key: entry.approved_revision.number if entry.approved_revision else 0 for entry in entries}
    mine = Revision.objects.filter(entry_key__in=approved, author_id=by.pk).order_by()
    newest = mine.values_list("entry_key").annotate(Max("number"))
    return {key for key, number in newest if number > approved[key]}


@transaction.atomic
def withdraw_approval(
    entry: CatalogEntry, *, by: User, comment: str = "", expected_revision: int | None = None
) -> None:
    """Take back an approval that is not live yet: what may be published is then what is live.

    `expected_revision` is the newest that was seen, None for no comparison. Raises StaleEntryError or RefusedError.
    """
    locked = lock_entry(entry, expected_revision=expected_revision)
    revision = locked.approved_revision
    if revision is None:
        raise RefusedError(f"{locked.key} has no approval to withdraw.")
    if revision.pk == locked.live_revision_id:
        raise RefusedError(f"Revision {revision.number} of {locked.key} is live; change it, or roll back, instead.")
    _decide(locked, revision, Decision.WITHDRAWN, by=by, comment=comment)
    _point(entry, locked, locked.live_revision)


def _refuse_own_work(entry: CatalogEntry, revision: Revision, by: User | None) -> None:
    """Four eyes: nobody approves work of their own, nor work that builds on unapproved work of their own."""
    if by is None:
        if revision.source != RevisionSource.STARTER:
            raise RefusedError("Only a person can approve this.")
        return
    if keys_of_own_work([entry], by=by):
        raise RefusedError(NOT_YOUR_OWN.format(key=entry.key))


def _existing(key: str) -> CatalogEntry:
    entry = find_entry(key)
    if entry is None:
        raise RefusedError("There is no such entry.")
    return entry


def _decide(entry: CatalogEntry, revision: Revision, decision: Decision, *, by: User | None, comment: str) -> None:
    refuse_beyond_limits(by, key=entry.key)
    comment = one_line(comment)
    if len(comment) > MAX_NOTE:
        raise RefusedError(f"The comment has {len(comment):,} characters; {MAX_NOTE} are allowed.")
    Approval.objects.create(
        revision=revision,
        decision=decision,
        decided_by_id=by.pk if by else None,
        decided_at=timezone.now(),
        comment=comment,
    )
    AuditRecord.objects.note(
        Verb(decision.value),
        by=by,
        object_name=entry.key,
        detail=f"Revision {revision.number}{': ' if comment else ''}{comment}",
    )


def _point(entry: CatalogEntry, locked: CatalogEntry, revision: Revision | None) -> None:
    type(locked)._default_manager.filter(pk=locked.pk).update(approved_revision=revision)
    entry.approved_revision = revision

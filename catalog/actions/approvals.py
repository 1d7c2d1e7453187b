"""Approve what may be published, and take it back."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.actions.errors import InvalidDocumentError, RefusedError
from catalog.actions.revisions import MAX_NOTE, lock_entry, one_line
from catalog.models import Approval, AuditRecord, CatalogEntry, Revision
from catalog.models.audit import Verb
from catalog.models.history import Decision, RevisionSource
from catalog.schemas.validation import validate_document


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
def withdraw_approval(entry: CatalogEntry, *, by: User, comment: str = "") -> None:
    """Take back an approval that is not live yet: what may be published is then what is live."""
    locked = lock_entry(entry, expected_revision=None)
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
    if not settings.REGISTRY_FOUR_EYES:
        return
    approved = entry.approved_revision.number if entry.approved_revision else 0
    unseen = Revision.objects.filter(entry_key=entry.key, number__gt=approved, number__lte=revision.number)
    if unseen.filter(author_id=by.pk).exists():
        raise RefusedError(
            f"You are an author of what waits for approval in {entry.key}; somebody else must approve it."
        )


def _decide(entry: CatalogEntry, revision: Revision, decision: Decision, *, by: User | None, comment: str) -> None:
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

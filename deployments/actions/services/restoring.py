"""Bring back what a service was, as a new revision; secrets stay as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from catalog.actions.revisions import Change
from catalog.models import Revision
from catalog.models.history import RevisionSource
from catalog.schemas.problems import Problem
from deployments.actions.errors import InvalidDocumentError, RefusedError
from deployments.actions.services.drafts import Draft, document_of, read_document
from deployments.actions.services.judging import judge_draft
from deployments.actions.services.saving import change_service
from deployments.models import Service


@dataclass(frozen=True, slots=True)
class Restoration:
    """What the service would become; with `problems` it is not possible."""

    revision: Revision
    before: Mapping[str, Any]
    draft: Draft | None
    problems: Sequence[Problem] = ()


def plan_restore(service: Service, *, number: int) -> Restoration:
    """What `restore_service` would do now. Raises RefusedError if it has no such revision."""
    revision = Revision.objects.filter(entry_key=service.key, number=number).first()
    if revision is None:
        raise RefusedError(f"The service has no revision {number}.")
    draft, problems = read_document(revision.document)
    if draft is not None:
        problems = list(judge_draft(draft, service=service).errors)
    return Restoration(revision, document_of(service), draft, problems)


@transaction.atomic
def restore_service(
    service: Service, *, number: int, by: User, note: str, source: RevisionSource, expected_revision: int | None
) -> Revision:
    """Raises what `change_service` does, RefusedError if there is no such revision or nothing would change."""
    plan = plan_restore(service, number=number)
    if plan.draft is None:
        raise InvalidDocumentError(f"The service {service.name}", plan.problems)
    change = Change(by=by, note=note, source=source)
    revision = change_service(service, plan.draft, change, expected_revision=expected_revision)
    if revision is None:
        raise RefusedError("Nothing would change: the service is like this now.")
    return revision

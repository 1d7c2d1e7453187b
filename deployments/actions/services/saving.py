"""The one way a service is written: made, changed, removed; each time a revision, as entries have."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.actions.revisions import Change, add_revision, canonical_content, clean_note, note_revision
from catalog.documents.canonical import sha256_hex
from catalog.models import AuditRecord, Revision
from catalog.models.audit import Verb
from catalog.models.choices import Lifecycle
from catalog.schemas.problems import Problem
from deployments.actions.errors import InvalidDocumentError, RefusedError, StaleEntryError
from deployments.actions.secrets import set_secret
from deployments.actions.services.drafts import SCHEMA_VERSION, Draft, document_of
from deployments.actions.services.judging import judge_draft
from deployments.actions.services.teams import ADD, CHANGE, REMOVE, refuse_team, refuse_without
from deployments.models import QUEUED, RUNNING, DeploymentState, Service

Secrets = Mapping[str, str]


@transaction.atomic
def create_service(draft: Draft, change: Change, *, secrets: Secrets | None = None) -> Service:
    """A new service with its first revision; `secrets` are kept with it, by name.

    Raises NotAllowedError, InvalidDocumentError with everything that is wrong, KeyringError, RefusedError (no note).
    """
    refuse_without(change.by, ADD, deed="make services")
    refuse_team(change.by, draft.team)
    _refuse_wrong(draft, service=None, secrets=secrets)
    service = Service(**draft.columns(), created_by=change.by, created_at=timezone.now())
    _write(service)
    _keep_secrets(service, secrets, by=change.by)
    _record(service, change, verb=Verb.SERVICE_CREATED)
    return service


@transaction.atomic
def change_service(
    service: Service, draft: Draft, change: Change, *, expected_revision: int | None, secrets: Secrets | None = None
) -> Revision | None:
    """Bring the service to the draft; the new revision, or None if nothing changed (but perhaps secrets).

    `expected_revision` is the number that the writer began with, None for who does not care. Raises as
    `create_service`, and StaleEntryError.
    """
    refuse_without(change.by, CHANGE, deed="change services")
    locked = lock_service(service, expected_revision=expected_revision)
    refuse_team(change.by, locked.team)
    refuse_team(change.by, draft.team)
    _refuse_wrong(draft, service=locked, secrets=secrets)
    for column, value in draft.columns().items():
        setattr(locked, column, value)
    _write(locked)
    _keep_secrets(locked, secrets, by=change.by)
    return _record(locked, change, verb=Verb.SERVICE_CHANGED)


@transaction.atomic
def remove_service(service: Service, *, by: User | None, reason: str, expected_revision: int | None) -> None:
    """It is listed no more, what waits is cancelled and what runs asked to stop; what is live stays where it is.

    Raises NotAllowedError, StaleEntryError, RefusedError.
    """
    refuse_without(by, REMOVE, deed="remove services")
    note, now = clean_note(reason), timezone.now()
    locked = lock_service(service, expected_revision=expected_revision)
    refuse_team(by, locked.team)
    cancelled = {"state": DeploymentState.CANCELLED, "finished_at": now, "cancel_requested_at": now}
    locked.deployments.filter(state=QUEUED).update(**cancelled)
    locked.deployments.filter(state__in=RUNNING, cancel_requested_at=None).update(cancel_requested_at=now)
    Service.objects.filter(pk=locked.pk).update(removed_at=now)
    AuditRecord.objects.note(Verb.SERVICE_REMOVED, by=by, object_name=f"service {locked}", detail=note)


def lock_service(service: Service, *, expected_revision: int | None) -> Service:
    """Its row, locked until the transaction ends. Raises StaleEntryError, RefusedError if it is removed."""
    related = ("team", "stack", "latest_revision")
    rows = Service.objects.select_related("provider__live_revision", "builder__live_revision", *related)
    locked = rows.select_for_update(of=("self",)).get(pk=service.pk)
    if locked.removed_at is not None:
        raise RefusedError("The service is removed.")
    found = locked.latest_revision.number if locked.latest_revision else 0
    if expected_revision is not None and expected_revision != found:
        raise StaleEntryError(str(locked), expected=expected_revision, found=found)
    return locked


def _refuse_wrong(draft: Draft, *, service: Service | None, secrets: Secrets | None) -> None:
    judgement = judge_draft(draft, service=service, secrets=frozenset(secrets or ()))
    if judgement.errors:
        raise InvalidDocumentError(f"The service {draft.name}", judgement.errors)


def _write(service: Service) -> None:
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as error:
        # Somebody else took the name since it was judged; any other constraint is a bug of ours.
        if "service_is_there_once" not in str(error) and "environment" not in str(error):
            raise
        problem = Problem("/name", "taken", f"There is a service {service} already.")
        raise InvalidDocumentError(f"The service {service.name}", [problem]) from error


def _keep_secrets(service: Service, secrets: Secrets | None, *, by: User | None) -> None:
    for name, value in (secrets or {}).items():
        set_secret(service, name, value, by=by)


def _record(service: Service, change: Change, *, verb: Verb) -> Revision | None:
    document: dict[str, Any] = document_of(service)
    content, latest = canonical_content(f"The service {service.name}", document), service.latest_revision
    if latest is not None and latest.sha256 == sha256_hex(content):
        return None
    values = {"lifecycle": Lifecycle.ACTIVE, "category": service.environment, "schema_version": SCHEMA_VERSION}
    revision = add_revision(service.key, content, change, after=latest, **values)
    service.latest_revision = revision
    Service.objects.filter(pk=service.pk).update(latest_revision=revision)
    note_revision(revision, verb, object_name=f"service {service}")
    return revision

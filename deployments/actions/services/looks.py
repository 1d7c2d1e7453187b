"""Looks at sources, to say which builders fit: asked for here, done by a deployer, which fetches as for a deployment.

One is under way for a person at a time, and the same question within minutes gets the same answer.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from deployments.actions.errors import HasOneError, InvalidDocumentError
from deployments.actions.secrets import lend_secrets
from deployments.actions.services.drafts import SourceDraft, source_of
from deployments.actions.services.judging import judge_source
from deployments.actions.services.teams import (
    ADD,
    CHANGE,
    DEPLOY,
    refuse_team,
    refuse_without,
    services_of,
    teams_of,
)
from deployments.models import UNDER_WAY, BackendKind, Look, LookState, Service
from deployments.runner.looks import expire_looks, replace_look
from deployments.runner.preparing import with_defaults
from deployments.tasks import look as look_task

ANSWERS_AGAIN = timedelta(minutes=10)
DEED = "have sources looked at"
ONE_AT_A_TIME = "A deployer is looking at a source for you just now: wait until it has ended."


def request_look(
    draft: SourceDraft, *, by: User, service: Service | None = None, secrets: Mapping[str, str] | None = None
) -> Look:
    """Have a deployer look at the source of a draft, unless it just did: one that failed is tried again.

    `service` is the one whose secrets count, `secrets` are sent with it, and kept until its end. Another look of the
    same person that waits is given up for this one. Raises NotAllowedError (it fetches as a deployment does, so it
    takes the permission to deploy), InvalidDocumentError, HasOneError, KeyringError.
    """
    source, sent = source_of(draft), secrets or {}
    refuse_without(by, CHANGE if service else ADD, deed=DEED)
    refuse_without(by, DEPLOY, deed=DEED)
    refuse_team(by, source.team)
    errors = judge_source(source, service=service, secrets=frozenset(sent)).errors
    if errors:
        raise InvalidDocumentError("The source", errors, deed="looked at")
    columns = _columns(source, service)
    with transaction.atomic():
        # Who asks twice at once waits for oneself.
        User.objects.select_for_update().get(pk=by.pk)
        if answered := _answered(columns["digest"], by=by):
            return answered
        _make_room(by)
        made = Look.objects.create(requested_by_id=by.pk, requested_at=timezone.now(), **columns)
        lend_secrets(made, sent)
        poke_look(made.pk)
        return made


def find_look(pk: uuid.UUID, *, by: User) -> Look | None:
    """One that the person has asked for, and whose team or service is still theirs to see; None if there is none.

    A look that nobody has taken for minutes is over: the answer says so, also where no deployer is left to say it.
    """
    theirs = Q(service=None) | Q(service__in=services_of(by).filter(removed_at=None))
    of_team = Q(team=None) | Q(team__in=teams_of(by).order_by())
    looks = Look.objects.filter(theirs, of_team, pk=pk, requested_by=by.pk)
    expire_looks(looks)
    return looks.select_related("provider__live_revision").first()


def poke_look(look_id: uuid.UUID) -> None:
    """As `requests.poke`."""
    transaction.on_commit(lambda: look_task.delay(str(look_id)), robust=True)


def _columns(source: SourceDraft, service: Service | None) -> dict[str, Any]:
    values = {
        "source_backend": source.backends[BackendKind.SOURCE],
        "source_config": with_defaults(source.provider, source.source_config),
        "routing": dict(source.routing),
    }
    whose = {"provider": source.provider, "team": source.team, "service": service}
    asked = {**values, **{name: str(row.pk) if row else None for name, row in whose.items()}}
    return {**values, **whose, "digest": hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()}


def _answered(digest: str, *, by: User) -> Look | None:
    """The same question of the same person that is under way, or was answered a moment ago."""
    lately = Q(state=LookState.FOUND, finished_at__gt=timezone.now() - ANSWERS_AGAIN) | Q(state__in=UNDER_WAY)
    mine = Look.objects.filter(requested_by=by.pk)
    expire_looks(mine)
    return mine.filter(lately, digest=digest).order_by("-requested_at").first()


def _make_room(by: User) -> None:
    """Raises HasOneError."""
    under_way = Look.objects.filter(requested_by=by.pk, state__in=UNDER_WAY).first()
    if under_way is not None and not replace_look(under_way):
        raise HasOneError(ONE_AT_A_TIME)

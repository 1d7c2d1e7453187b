"""What is unusual: somebody or a token that deploys far more than ever, what fails again and again.

Looked for by a periodic task, kept in the audit, once for each pattern and day; the home page shows it.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import AuditRecord, Token
from catalog.models.audit import Verb
from deployments.models import Deployment, DeploymentState, Hook, HookDelivery, Service

DAY = timedelta(days=1)
# What was usual is what was done in the days before.
USUAL_DAYS = 30
TIMES = 10
MORE_THAN = 20
FAILURES_IN_A_ROW = 5
ENDED = (DeploymentState.SUCCEEDED, DeploymentState.FAILED)
MAX_DETAIL = 500
SERVICE_MARK = re.compile(r" \[service ([0-9a-f-]{36})\]\Z")
SUDDEN = "deployed far more than usual"


def note_unusual() -> int:
    """How many patterns are new. Five queries, and a few for each that is suspected or has failed lately."""
    now = timezone.now()
    asked = Deployment.objects.exclude(requested_by=None).order_by()
    tokens = _sudden(asked.exclude(token=None).values_list("token"), "requested_at", now)
    # What is said of a token is not said of its owner again.
    others = asked.filter(~Q(token__in=[pk for pk, _ in tokens]) | Q(token=None)).values_list("requested_by")
    told = HookDelivery.objects.exclude(deployment=None).order_by().values_list("hook")
    lately = Deployment.objects.filter(state=DeploymentState.FAILED, finished_at__gt=now - DAY).order_by()
    noted = [_note_token(*each, now=now) for each in tokens]
    noted += [_note_person(*each, now=now) for each in _sudden(others, "requested_at", now)]
    noted += [_note_hook(*each, now=now) for each in _sudden(told, "at", now)]
    noted += [_note_failing(service, now=now) for service in set(lately.values_list("service", flat=True))]
    failing = lately.exclude(token=None).values_list("token", flat=True)
    noted += [_note_failing_token(token, now=now) for token in set(failing)]
    return sum(noted)


@transaction.atomic
def _note_token(pk: int, numbers: str, *, now: datetime) -> bool:
    return _note(_locked_token(pk), f"It {SUDDEN}", numbers, now=now)


@transaction.atomic
def _note_failing_token(pk: int, *, now: datetime) -> bool:
    """If all that it asked for last failed, whatever the service."""
    name, last = (
        _locked_token(pk),
        _last_ended(Deployment.objects.filter(token=pk).order_by("-requested_at", "-number")),
    )
    if not _all_failed(last):
        return False
    return _note(name, f"The last {FAILURES_IN_A_ROW} deployments it asked for failed", last[0][1], now=now)


def _locked_token(pk: int) -> str:
    """What the audit calls it."""
    token = Token.objects.select_for_update(of=("self",)).select_related("owner").get(pk=pk)
    return name_of_token(token.name, token.owner.get_username())


def name_of_token(name: str, owner: str) -> str:
    """What patterns of a token are noted of; its name is its owner's own."""
    return f"token {name} of {owner}"[:160]


@transaction.atomic
def _note_person(pk: int, numbers: str, *, now: datetime) -> bool:
    """What their tokens asked for counts, too; those of before tokens were kept are among them."""
    person = User.objects.select_for_update().get(pk=pk)
    return _note(person.get_username(), f"They or their tokens {SUDDEN}", numbers, now=now)


@transaction.atomic
def _note_hook(pk: Any, numbers: str, *, now: datetime) -> bool:
    hook = Hook.objects.select_for_update(of=("self",)).select_related("service").get(pk=pk)
    pattern = f"Its {hook.get_flavour_display()} hook {SUDDEN}"
    return _note(f"service {hook.service}", pattern, numbers, now=now, service=hook.service_id)


@transaction.atomic
def _note_failing(pk: Any, *, now: datetime) -> bool:
    """If its last deployments all failed; those that were cancelled or replaced say nothing."""
    service = Service.objects.select_for_update().get(pk=pk)
    last = _last_ended(service.deployments.order_by("-number"))
    if service.removed_at is not None or not _all_failed(last):
        return False
    pattern = f"Its last {FAILURES_IN_A_ROW} deployments failed"
    return _note(f"service {service}", pattern, last[0][1], now=now, service=service.pk)


def _last_ended(deployments: QuerySet[Deployment]) -> list[tuple[str, str]]:
    """State and error of those that ended last, as they are ordered."""
    return list(deployments.filter(state__in=ENDED).values_list("state", "error_message")[:FAILURES_IN_A_ROW])


def _all_failed(last: list[tuple[str, str]]) -> bool:
    return [state for state, _ in last] == [DeploymentState.FAILED] * FAILURES_IN_A_ROW


def _sudden(rows: "QuerySet[Any, Any]", column: str, now: datetime) -> list[tuple[Any, str]]:
    """Whose deployments within a day are far more than usual, and the numbers in words."""
    since, usual_since = now - DAY, now - (USUAL_DAYS + 1) * DAY
    counted = rows.filter(**{f"{column}__gt": usual_since}).annotate(
        today=Count("pk", filter=Q(**{f"{column}__gt": since})),
        before=Count("pk", filter=Q(**{f"{column}__lte": since})),
    )
    return [
        (whose, f"{today} within a day, {before} in the {USUAL_DAYS} days before")
        for whose, today, before in counted.filter(today__gt=MORE_THAN)
        if today * USUAL_DAYS >= TIMES * before
    ]


def read_detail(detail: str) -> tuple[str, UUID | None]:
    """What was noted, and of which service; None for a person or a token."""
    found = SERVICE_MARK.search(detail)
    return (detail[: found.start()], UUID(found[1])) if found else (detail, None)


def _note(object_name: str, pattern: str, more: str, *, now: datetime, service: UUID | None = None) -> bool:
    """Whether it is new today. The caller holds the lock of what it is about, so that two do not note it at once.

    A service is told by its id as well: its name is free for another team's once it is removed or renamed.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mark = f" [service {service}]" if service else ""
    noted = AuditRecord.objects.filter(verb=Verb.PATTERN_NOTED, object_name=object_name[:160], at__gte=midnight)
    if noted.filter(detail__startswith=pattern, detail__endswith=mark).exists():
        return False
    detail = f"{pattern}: {more}" if more else pattern
    AuditRecord.objects.note(
        Verb.PATTERN_NOTED, by=None, object_name=object_name, detail=detail[: MAX_DETAIL - len(mark)] + mark
    )
    return True

"""Who may work on a deployment: claims, renewals and ends, each a compare-and-set on its row.

Whoever holds the lease may write; every write names it, so a worker that was frozen past its lease writes nothing.
Messages only say that there may be work: they can be lost, late or doubled. Times come from the application's clock.
A deployment that is committed (see `flips`) waits for another attempt without being queued: its lease is over.
Reference: deployments.md, A.2.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from deployments.contract import StoppedError
from deployments.models import QUEUED, RUNNING, Deployment, DeploymentKind, DeploymentState, ErrorKind, Service
from deployments.models.deployments import MAX_ATTEMPTS
from deployments.runner.turns import Turns, take_turns

LEASE = timedelta(seconds=30)
# What is live has to be told soon, whatever its target asks for.
COMMITTED_WAITS_MOST = timedelta(minutes=1)


class LostLeaseError(Exception):
    """Somebody else holds the deployment, or nobody: what was to be written was not."""


class CancelledError(StoppedError):
    """It was cancelled in the last moment in which that is possible."""


def claim(deployment_id: uuid.UUID) -> uuid.UUID | None:
    """queued -> fetching (a rollback: deploying); the new lease, or None if it cannot be claimed now.

    It cannot: taken, cancelled, not due, its service runs another, or as many run as may (REGISTRY_MAX_DEPLOYMENTS).
    """
    if is_committed(deployment_id):
        return _claim_committed(deployment_id)
    lease, now = uuid.uuid4(), timezone.now()
    waiting = Deployment.objects.filter(pk=deployment_id, state=QUEUED, after__lte=now, attempt__lt=MAX_ATTEMPTS)
    kind = waiting.values_list("kind", flat=True).first()
    if kind is None:
        return None
    first = DeploymentState.DEPLOYING if kind == DeploymentKind.ROLLBACK else DeploymentState.FETCHING
    try:
        with transaction.atomic():
            if not _has_room():
                return None
            # A worker that died may have held a connection.
            claimed = waiting.update(
                state=first, lease=lease, lease_expires_at=now + LEASE, attempt=F("attempt") + 1, started_at=now,
                connection=None,
            )  # fmt: skip
    except IntegrityError:
        # Its service runs another; that one's end looks for what waits.
        return None
    return lease if claimed else None


def _claim_committed(deployment_id: uuid.UUID) -> uuid.UUID | None:
    """It is counted as running already."""
    lease, now = uuid.uuid4(), timezone.now()
    left = _left_alone().filter(pk=deployment_id, after__lte=now, attempt__lt=MAX_ATTEMPTS)
    claimed = left.update(lease=lease, lease_expires_at=now + LEASE, attempt=F("attempt") + 1)
    return lease if claimed else None


def is_committed(deployment_id: uuid.UUID) -> bool:
    """Whether the database says already that it is live."""
    return Service.objects.filter(active=deployment_id).exists()


def _has_room() -> bool:
    """Whether one more may run; claims that count at the same time wait for each other."""
    take_turns(Turns.CLAIMING)
    return Deployment.objects.filter(state__in=RUNNING).count() < settings.REGISTRY_MAX_DEPLOYMENTS


def renew(deployment_id: uuid.UUID, lease: uuid.UUID) -> None:
    """Hold it for another LEASE. Raises LostLeaseError."""
    _write(deployment_id, lease, lease_expires_at=timezone.now() + LEASE)


def holds(deployment_id: uuid.UUID, lease: uuid.UUID) -> bool:
    """Whether the lease is still this one. Asked in a transaction, it stays so until the end of it."""
    return bool(_held(deployment_id, lease).select_for_update().values_list("pk"))


def is_cancelled(deployment_id: uuid.UUID, lease: uuid.UUID) -> bool:
    """Whether somebody asked to cancel it. Raises LostLeaseError."""
    found = list(_held(deployment_id, lease).values_list("cancel_requested_at", flat=True))
    if not found:
        raise LostLeaseError
    return found[0] is not None


def record(deployment_id: uuid.UUID, lease: uuid.UUID, /, **values: Any) -> None:
    """Write what is known by now: a state that still runs, or fields. Raises LostLeaseError."""
    _write(deployment_id, lease, **values)


def end(deployment_id: uuid.UUID, lease: uuid.UUID, state: DeploymentState, **values: Any) -> None:
    """To a state that is the last one, and give the lease back. Raises LostLeaseError."""
    _write(deployment_id, lease, state=state, finished_at=timezone.now(), **_NOBODYS, **values)


def put_back(deployment_id: uuid.UUID, lease: uuid.UUID, *, after: timedelta, **values: Any) -> bool:
    """Leave it to another attempt; False if this was the last one, a newer request waits, or it was cancelled.

    One that is committed stays as it is, held by nobody, whatever waits. Raises LostLeaseError.
    """
    now, found = timezone.now(), _held(deployment_id, lease).filter(attempt__lt=MAX_ATTEMPTS)
    waits: dict[str, Any] = {"state": QUEUED, "after": now + after, **_NOBODYS}
    if is_committed(deployment_id):
        waits = {"after": now + min(after, COMMITTED_WAITS_MOST), "lease": uuid.uuid4(), "lease_expires_at": now}
    else:
        found = found.filter(cancel_requested_at=None)
    try:
        with transaction.atomic():
            left = found.update(**waits, **values)
    except IntegrityError:
        return False
    if not left and not _held(deployment_id, lease).exists():
        raise LostLeaseError
    return bool(left)


def sweep() -> None:
    """Take the deployments of dead workers from them.

    A deployment whose lease is over is cancelled if that was asked for, queued again, or failed after MAX_ATTEMPTS;
    superseded if a newer request waits. One that is committed only fails, or is left for whoever claims it.
    """
    for pk, lease in _left_alone().values_list("pk", "lease"):
        try:
            _take_from_dead(pk, lease)
        except LostLeaseError:
            # It was renewed, or another sweep was here first.
            continue


def due() -> list[uuid.UUID]:
    """What may be claimed now: first what is committed and left alone, then what is queued, each the oldest first."""
    waiting = Deployment.objects.filter(after__lte=timezone.now()).order_by("requested_at").values_list("pk", flat=True)
    committed = waiting.filter(
        state__in=RUNNING, lease_expires_at__lte=timezone.now(), attempt__lt=MAX_ATTEMPTS, service__active=F("pk")
    )
    return [*committed, *waiting.filter(state=QUEUED)]


def leases() -> list[uuid.UUID]:
    """The leases that are held now."""
    held = Deployment.objects.filter(state__in=RUNNING).values_list("lease", flat=True)
    return [lease for lease in held if lease is not None]


def _left_alone() -> QuerySet[Deployment]:
    """Those that run by their state while their lease is over."""
    return Deployment.objects.filter(state__in=RUNNING, lease_expires_at__lte=timezone.now())


def _take_from_dead(deployment_id: uuid.UUID, lease: uuid.UUID | None) -> None:
    with transaction.atomic():
        left = _left_alone().select_for_update().filter(pk=deployment_id, lease=lease).first()
        if left is None or lease is None:
            raise LostLeaseError
        is_live = is_committed(deployment_id)
        if left.cancel_requested_at is not None and not is_live:
            end(deployment_id, lease, DeploymentState.CANCELLED)
        elif left.attempt >= MAX_ATTEMPTS:
            message = f"Its workers died {MAX_ATTEMPTS} times."
            end(deployment_id, lease, DeploymentState.FAILED, error_kind=ErrorKind.LOST, error_message=message)
        elif not is_live and not put_back(deployment_id, lease, after=timedelta(0)):
            end(deployment_id, lease, DeploymentState.SUPERSEDED)


def _held(deployment_id: uuid.UUID, lease: uuid.UUID) -> Any:
    return Deployment.objects.filter(Q(pk=deployment_id, lease=lease, state__in=RUNNING))


def _write(deployment_id: uuid.UUID, lease: uuid.UUID, /, **values: Any) -> None:
    if not _held(deployment_id, lease).update(**values):
        raise LostLeaseError


_NOBODYS: Mapping[str, None] = {"lease": None, "lease_expires_at": None}

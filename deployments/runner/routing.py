"""Which connection does the work: the order in which they are tried, and when one rests. `rank` is pure.

Reference: deployments.md, A.4; weighted rendezvous hashing, Thaler and Ravishankar (1998).
"""

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from deployments.models import RUNNING, Connection, Deployment
from deployments.runner.claims import record

FAILS_TO_OPEN = 3
RESTS = timedelta(seconds=30)
RESTS_MOST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Place:
    """What `rank` needs of a connection."""

    name: str
    priority: int
    weight: int


def rank(places: Iterable[Place], service_id: UUID) -> list[str]:
    """Names in the order to try them: by priority, within one by weight; the same for a service while they stay."""
    return [
        each.name for each in sorted(places, key=lambda each: (each.priority, -_score(each, service_id), each.name))
    ]


def _score(place: Place, service_id: UUID) -> float:
    digest = hashlib.sha256(f"{service_id}/{place.name}".encode()).digest()
    # In (0, 1): never 0, whose logarithm there is not.
    share = (int.from_bytes(digest[:7]) + 1) / ((1 << 56) + 1)
    return -place.weight / math.log(share)


def has_connections(kind: str, backend: str) -> bool:
    """Whether there is one that is not switched off; else the work is done with the service's config alone."""
    return _switched_on(kind, backend).exists()


def fitting(kind: str, backend: str, routing: Mapping[str, Any]) -> list[Connection]:
    """The connections that a service's routing admits, whether they rest or are full; none that is switched off."""
    found = _switched_on(kind, backend)
    if "connection" in routing:
        found = found.filter(name=routing["connection"])
    labels = routing.get("labels", {})
    return [each for each in found if labels.items() <= each.labels.items()]


def candidates(kind: str, backend: str, routing: Mapping[str, Any], service_id: UUID) -> list[Connection]:
    """The connections that may serve now, best first; those that rest, are full or are switched off are left out.

    Two queries.
    """
    awake, running = _awake(kind, backend, routing)
    fit = {each.name: each for each in awake if not _is_full(each, running)}
    return [fit[name] for name in rank((Place(c.name, c.priority, c.weight) for c in fit.values()), service_id)]


def are_worth_waiting_for(kind: str, backend: str, routing: Mapping[str, Any], *, tried: Collection[int]) -> bool:
    """Whether one that fits and was not tried does not rest: it is full, or was so a moment ago. Two queries."""
    awake, _ = _awake(kind, backend, routing)
    return any(each.pk not in tried for each in awake)


def seconds_of_rest(kind: str, backend: str, routing: Mapping[str, Any]) -> float:
    """Until the first of those that fit has rested; 0 if one has, and is being tried. One query."""
    ends = [each.open_until for each in fitting(kind, backend, routing) if each.open_until is not None]
    return max((min(ends) - timezone.now()).total_seconds(), 0.0) if ends else 0.0


def occupy(connection: Connection, deployment_id: UUID, lease: UUID) -> bool:
    """Take one of its places for the step that begins; False if it cannot serve by now. Raises LostLeaseError."""
    with transaction.atomic():
        # Those who count at the same time wait for each other here; what it says now is what counts.
        now = Connection.objects.select_for_update().filter(pk=connection.pk, is_enabled=True).first()
        running = _running_on([connection])
        if now is None or _rests(now, running) or _is_full(now, running):
            return False
        record(deployment_id, lease, connection=now)
        return True


def leave(deployment_id: UUID, lease: UUID) -> None:
    """Give the place back. Raises LostLeaseError."""
    record(deployment_id, lease, connection=None)


def _switched_on(kind: str, backend: str) -> QuerySet[Connection]:
    return Connection.objects.filter(kind=kind, backend=backend, is_enabled=True)


def _awake(kind: str, backend: str, routing: Mapping[str, Any]) -> tuple[list[Connection], Mapping[int, int]]:
    """Those that fit and do not rest, full or not; and how many deployments hold each."""
    fit = fitting(kind, backend, routing)
    running = _running_on(fit)
    return [each for each in fit if not _rests(each, running)], running


def _rests(connection: Connection, running: Mapping[int, int]) -> bool:
    """Until its time is over, and from then on for all but one, which tries it: that one's success ends the rest.

    Whoever holds it is that one. A deployer that died while it tried holds it no longer than its lease.
    """
    if connection.open_until is None:
        return False
    return connection.open_until > timezone.now() or running.get(connection.pk, 0) > 0


def _running_on(connections: Collection[Connection]) -> Counter[int]:
    running = Deployment.objects.filter(state__in=RUNNING, connection__in=connections)
    return Counter(pk for pk in running.values_list("connection", flat=True) if pk is not None)


def _is_full(connection: Connection, running: Mapping[int, int]) -> bool:
    return bool(connection.max_running) and running.get(connection.pk, 0) >= connection.max_running


def note_failure(connection: Connection) -> None:
    """One more transient failure in a row: after FAILS_TO_OPEN it rests, each time twice as long."""
    with transaction.atomic():
        failed = Connection.objects.select_for_update().get(pk=connection.pk)
        failed.fails += 1
        if failed.fails >= FAILS_TO_OPEN:
            rests = min(RESTS * 2 ** min(failed.fails - FAILS_TO_OPEN, 10), RESTS_MOST)
            failed.open_until = timezone.now() + rests
        failed.save(update_fields=["fails", "open_until"])


def note_success(connection: Connection) -> None:
    """It works: forget what failed before."""
    Connection.objects.filter(pk=connection.pk).exclude(fails=0, open_until=None).update(fails=0, open_until=None)

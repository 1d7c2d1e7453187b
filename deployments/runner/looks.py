"""Who looks at a source: claims and ends, each a compare-and-set on the row of the look. See `claims`.

A look is short: its lease lasts longer than it may take, so nobody renews it.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from deployments.models import MAX_LOOKS, UNDER_WAY, ErrorKind, Look, LookState, Secret

# What a look may take beyond its seconds: until its programs have ended and its end is written.
GRACE = timedelta(seconds=60)
WAITS_MOST = timedelta(minutes=10)
KEPT = timedelta(days=1)
NO_DEPLOYER = "No deployer had time to look at the source."
DIED = f"The deployers that looked at the source died {MAX_LOOKS} times."
CHOOSE = "Try again later, or choose the builder yourself."
Poke = Callable[[uuid.UUID], object]


def claim_look(look_id: uuid.UUID) -> uuid.UUID | None:
    """waiting -> looking; the new lease, or None if it cannot be claimed: taken, over, or it has waited too long."""
    lease, now = uuid.uuid4(), timezone.now()
    ends_at = now + timedelta(seconds=settings.REGISTRY_LOOK_SECONDS) + GRACE
    claimed = _waiting().filter(pk=look_id, requested_at__gt=now - WAITS_MOST)
    taken = claimed.update(state=LookState.LOOKING, lease=lease, lease_expires_at=ends_at, attempt=F("attempt") + 1)
    return lease if taken else None


def end_look(look_id: uuid.UUID, lease: uuid.UUID, **values: Any) -> bool:
    """How it ended; False if somebody else has it by now. The secrets that came with it are forgotten."""
    return _end(Look.objects.filter(pk=look_id, state=LookState.LOOKING, lease=lease), **values)


def expire_looks(looks: QuerySet[Look]) -> None:
    """Of these looks, end those that wait in vain and those whose deployers died too often, and queue the others that
    a deployer died at again.
    """
    now = timezone.now()
    _end(looks.filter(state=LookState.WAITING, requested_at__lte=now - WAITS_MOST), **_lost(NO_DEPLOYER))
    dead = looks.filter(state=LookState.LOOKING, lease_expires_at__lte=now)
    dead.filter(attempt__lt=MAX_LOOKS).update(state=LookState.WAITING, lease=None, lease_expires_at=None)
    _end(dead.filter(attempt__gte=MAX_LOOKS), **_lost(DIED))


def replace_look(look: Look) -> bool:
    """End one that still waits, since its person asked for another; False if it does not wait any more."""
    message = "A newer request of yours took its place."
    ended = {"state": LookState.FAILED, "error_kind": ErrorKind.PERMANENT, "error_message": message}
    return _end(_waiting().filter(pk=look.pk), **ended)


def sweep_looks(*, poke: Poke) -> None:
    """What beat asks for: see `expire_looks`; and poke what waits."""
    expire_looks(Look.objects.all())
    for pk in _waiting().order_by("requested_at").values_list("pk", flat=True):
        poke(pk)


def look_leases() -> list[uuid.UUID]:
    """The leases that are held now."""
    held = Look.objects.filter(state=LookState.LOOKING).values_list("lease", flat=True)
    return [lease for lease in held if lease is not None]


def collect_looks() -> int:
    """Forget those that are over for a day; how many."""
    old = Look.objects.exclude(state__in=UNDER_WAY).filter(finished_at__lte=timezone.now() - KEPT)
    return old.delete()[1].get("deployments.Look", 0)


def _waiting() -> QuerySet[Look]:
    return Look.objects.filter(state=LookState.WAITING)


def _lost(message: str) -> dict[str, Any]:
    return {
        "state": LookState.FAILED, "error_kind": ErrorKind.LOST, "error_message": message, "error_hint": CHOOSE,
    }  # fmt: skip


def _end(looks: QuerySet[Look], **values: Any) -> bool:
    """Each by itself and only if it is still as it was; whether any was."""
    ended = False
    for pk in looks.values_list("pk", flat=True):
        with transaction.atomic():
            over = {"lease": None, "lease_expires_at": None, "finished_at": timezone.now()}
            if looks.filter(pk=pk).update(**values, **over):
                Secret.objects.filter(look=pk).delete()
                ended = True
    return ended

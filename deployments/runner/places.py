"""What a target writes to is one service's alone: not the same place, none within another's, none around it.

A deployment holds its place while it waits or runs, and as long as a release of it is there; one from before migration
0003 has no place written down, so it holds none. The last release at a place that its service has left is not removed,
so that place stays held. Services that are removed hold nothing. Whoever takes a place asks and writes under one lock,
so two that come at once do not both get it.
"""

from itertools import accumulate

from django.db.models import Q

from deployments.contract import PermanentError
from deployments.models import TERMINAL, Deployment
from deployments.runner.turns import Turns, take_turns


def refuse_shared(deployment: Deployment, place: str) -> None:
    """Raise PermanentError if the place is another service's. The caller writes it down in the same transaction.

    `place` is as in `TargetBackend.place`; an empty one is nobody's. One query.
    """
    if not place:
        return
    take_turns(Turns.TAKING_PLACES)
    around = list(accumulate(place.split("/"), "{}/{}".format))
    held = Deployment.objects.filter(~Q(state__in=TERMINAL) | ~Q(release={}), service__removed_at=None)
    others = held.exclude(service=deployment.service_id).filter(Q(place__in=around) | Q(place__startswith=f"{place}/"))
    # SQLite asks `startswith` without regard to case.
    found = (each for each in others.select_related("service") if _meet(place, each.place))
    if other := next(found, None):
        raise PermanentError(
            f"The service {other.service} is deployed to {other.place}, so this one cannot be deployed to {place}.",
            hint="Choose a folder, prefix or repository of its own, not within another's and not around it.",
        )


def _meet(place: str, other: str) -> bool:
    return f"{place}/".startswith(f"{other}/") or f"{other}/".startswith(f"{place}/")

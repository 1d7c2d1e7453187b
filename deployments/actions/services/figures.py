"""How providers and builders fare: services, deployments of the last weeks, successes, and the time they took.

The database counts; what is read grows with the providers and builders that are used, not with the deployments.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from catalog.models import Builder, Provider
from deployments.actions.services.teams import deployments_of, services_of
from deployments.models import Deployment, DeploymentKind, DeploymentState

DAYS = 30
SUCCEEDED = Q(state=DeploymentState.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one provider or builder; `median_seconds` is of deployments that succeeded, from their start to their end."""

    slug: str
    name: str
    services: int = 0
    deployments: int = 0
    succeeded: int = 0
    failed: int = 0
    median_seconds: float | None = None

    @property
    def success_percent(self) -> int | None:
        """Of those that succeeded or failed: what was cancelled or replaced says nothing. None if there are none."""
        ended = self.succeeded + self.failed
        return round(100 * self.succeeded / ended) if ended else None


@dataclass(frozen=True, slots=True)
class Usage:
    """Those that services use or have used lately, by name."""

    providers: list[Figures]
    builders: list[Figures]


def find_usage(person: User) -> Usage:
    """Of the services that the person may look at. Eight queries.

    A deployment counts for what its service uses now. A rollback builds nothing, so it does not count.
    """
    return Usage(_figures(person, Provider, side="provider"), _figures(person, Builder, side="builder"))


def _figures(person: User, model: type[Provider | Builder], *, side: str) -> list[Figures]:
    """`side` is the column of a service that names one of them."""
    there = services_of(person).filter(removed_at=None).order_by()
    services = dict(there.values_list(side).annotate(count=Count("pk")))
    lately = _lately(person)
    counts = {
        pk: {"deployments": deployments, "succeeded": succeeded, "failed": failed}
        for pk, deployments, succeeded, failed in lately.values_list(f"service__{side}").annotate(
            asked=Count("pk"),
            succeeded=Count("pk", filter=SUCCEEDED),
            failed=Count("pk", filter=Q(state=DeploymentState.FAILED)),
        )
    }
    medians = _medians(lately.filter(SUCCEEDED), by=f"service__{side}")
    rows = model._default_manager.filter(pk__in=services.keys() | counts.keys())
    found = [
        Figures(slug, name, services.get(pk, 0), **counts.get(pk, {}), median_seconds=medians.get(pk))
        for pk, slug, name in rows.values_list("pk", "slug", "display_name")
    ]
    return sorted(found, key=lambda figures: (-figures.services, -figures.deployments, figures.name))


def _lately(person: User) -> QuerySet[Deployment]:
    since = timezone.now() - timedelta(days=DAYS)
    asked = deployments_of(person).filter(requested_at__gte=since)
    return asked.exclude(kind=DeploymentKind.ROLLBACK).order_by()


def _medians(deployments: QuerySet[Deployment], *, by: str) -> dict[int, float]:
    """In seconds. The database puts each group in order and gives the one in the middle, or the two around it."""
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    ordered = deployments.filter(started_at__isnull=False).annotate(
        took=took,
        rank=Window(RowNumber(), partition_by=F(by), order_by=took.asc()),
        of=Window(Count("pk"), partition_by=F(by)),
    )
    middle = ordered.annotate(twice=F("rank") * 2).filter(twice__gte=F("of"), twice__lte=F("of") + 2)
    around: dict[int, list[float]] = {}
    for group, duration in middle.values_list(by, "took"):
        around.setdefault(group, []).append(duration.total_seconds())
    return {group: round(sum(seconds) / len(seconds), 1) for group, seconds in around.items()}

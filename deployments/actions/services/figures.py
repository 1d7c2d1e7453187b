"""How providers and builders fare: services, deployments of the last weeks, successes, and the time they took."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.contrib.auth.models import User
from django.db.models import Count
from django.utils import timezone

from catalog.models import Builder, Provider
from deployments.actions.services.teams import deployments_of, services_of
from deployments.models import DeploymentKind, DeploymentState

DAYS = 30


@dataclass(slots=True)
class Figures:
    """Of one provider or builder; `seconds` are those of deployments that succeeded, from their start to their end."""

    slug: str
    name: str
    services: int = 0
    deployments: int = 0
    succeeded: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def success_percent(self) -> int | None:
        """Of those that succeeded or failed: what was cancelled or replaced says nothing. None if there are none."""
        ended = self.succeeded + self.failed
        return round(100 * self.succeeded / ended) if ended else None

    @property
    def median_seconds(self) -> float | None:
        return round(median(self.seconds), 1) if self.seconds else None


@dataclass(frozen=True, slots=True)
class Usage:
    """Those that services use or have used lately, by name."""

    providers: list[Figures]
    builders: list[Figures]


def find_usage(person: User) -> Usage:
    """Of the services that the person may look at. Four queries; reads every deployment of the last `DAYS` days.

    A deployment counts for what its service uses now. A rollback builds nothing, so it does not count.
    """
    providers = {
        pk: Figures(slug, name) for pk, slug, name in Provider.objects.values_list("pk", "slug", "display_name")
    }
    builders = {pk: Figures(slug, name) for pk, slug, name in Builder.objects.values_list("pk", "slug", "display_name")}
    there = services_of(person).filter(removed_at=None).order_by().values_list("provider", "builder")
    for provider, builder, count in there.annotate(count=Count("pk")):
        providers[provider].services += count
        builders[builder].services += count
    for provider, builder, state, seconds in _deployments(person):
        for figures in (providers[provider], builders[builder]):
            _count(figures, state, seconds)
    return Usage(_used(providers), _used(builders))


def _deployments(person: User) -> Iterator[tuple[int, int, str, float | None]]:
    since = timezone.now() - timedelta(days=DAYS)
    rows = deployments_of(person).filter(requested_at__gte=since).exclude(kind=DeploymentKind.ROLLBACK).order_by()
    columns = ("service__provider", "service__builder", "state", "started_at", "finished_at")
    for provider, builder, state, started_at, finished_at in rows.values_list(*columns).iterator():
        took = (finished_at - started_at).total_seconds() if started_at and finished_at else None
        yield provider, builder, state, took


def _count(figures: Figures, state: str, seconds: float | None) -> None:
    figures.deployments += 1
    figures.succeeded += state == DeploymentState.SUCCEEDED
    figures.failed += state == DeploymentState.FAILED
    if state == DeploymentState.SUCCEEDED and seconds is not None:
        figures.seconds.append(seconds)


def _used(found: dict[int, Figures]) -> list[Figures]:
    used = [figures for figures in found.values() if figures.services or figures.deployments]
    return sorted(used, key=lambda figures: (-figures.services, -figures.deployments, figures.name))

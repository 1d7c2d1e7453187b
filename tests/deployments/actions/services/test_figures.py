"""Usage: counted by provider and builder, of what the person sees, and no more."""

import statistics
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Builder
from deployments.actions.services.figures import Figures, find_usage
from deployments.models import Service
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service, queue
from tests.factories import builder_document, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_service(team=team("Web"))


def builder(slug: str) -> Builder:
    save("builder", builder_document(slug))
    return Builder.objects.get(slug=slug)


def ended(service: Service, state: str, seconds: int = 10, *, days: int = 1, **values: Any) -> None:
    end = timezone.now() - timedelta(days=days)
    deployment = queue(service, state=state, finished_at=end, started_at=end - timedelta(seconds=seconds), **values)
    type(deployment).objects.filter(pk=deployment.pk).update(requested_at=end)


def test_figures_are_of_the_last_days_and_of_what_was_built(service: Service) -> None:
    make_service("other", team=team("Web"))
    for state, seconds in (("succeeded", 10), ("succeeded", 20), ("succeeded", 90), ("failed", 1), ("cancelled", 5)):
        ended(service, state, seconds)
    ended(service, "succeeded", days=31)
    live = service.deployments.get(number=1)
    ended(service, "succeeded", kind="rollback", artifact_of=live)

    usage = find_usage(deployer())

    [provider], [builder] = usage.providers, usage.builders
    assert (provider.slug, provider.services, provider.deployments) == ("inline", 2, 5)
    assert (provider.succeeded, provider.failed, provider.success_percent, provider.median_seconds) == (3, 1, 75, 20.0)
    assert (builder.slug, builder.services, builder.deployments) == ("static", 2, 5)


@pytest.mark.parametrize(
    ("seconds", "median"),
    [
        ([7], 7.0),
        ([9, 1], 5.0),
        ([9, 1, 5], 5.0),
        ([4, 1, 10, 2], 3.0),
        ([3, 3, 3, 3, 8], 3.0),
        ([1, 1, 2, 9, 9, 9], 5.5),
    ],
)
def test_median_is_the_one_in_the_middle_or_between_two(service: Service, seconds: list[int], median: float) -> None:
    for each in seconds:
        ended(service, "succeeded", each)
    ended(service, "failed", 500)
    # One that a worker never began has no time.
    queue(service, state="succeeded", finished_at=timezone.now())
    other = make_service("other", team=team("Web"), builder=builder("hugo"))
    ended(other, "succeeded", 100)

    usage = find_usage(deployer())

    assert {each.slug: each.median_seconds for each in usage.builders} == {"static": median, "hugo": 100.0}
    assert usage.providers[0].median_seconds == round(statistics.median([*seconds, 100]), 1)


def test_without_deployments_there_is_no_rate() -> None:
    assert (Figures("a", "A").success_percent, Figures("a", "A").median_seconds) == (None, None)


def test_removed_service_counts_for_what_it_did(service: Service) -> None:
    ended(service, "failed")
    Service.objects.update(removed_at=timezone.now())

    [provider] = find_usage(deployer()).providers
    assert (provider.services, provider.deployments, provider.success_percent) == (0, 1, 0)


def test_everybody_sees_their_teams_alone(service: Service) -> None:
    ended(service, "succeeded")
    make_service("of shop", team=team("Shop"))

    assert find_usage(deployer()).providers[0].services == 1
    assert find_usage(make_person("boss", "Administrator")).providers[0].services == 2
    assert find_usage(deployer("alone", of="Nowhere")).providers == []
    assert find_usage(make_person("viewer", "Viewer", "Web")).providers == []


def test_it_asks_as_often_for_three_as_for_one(service: Service) -> None:
    person = deployer()
    person.get_all_permissions()

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            find_usage(person)
        return len(queries)

    ended(service, "succeeded")
    one = count()
    for name in ("b", "c"):
        ended(make_service(name, team=team("Web")), "succeeded")
    assert count() == one

"""Unusual patterns are noted once a day each: sudden numbers of deployments, failures in a row."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.actions.tokens import acting_owner
from catalog.actions.tokens import make_token as issue_token
from catalog.models import AuditRecord, Token
from deployments.actions.requests import request_deployment
from deployments.models import Deployment, HookDelivery, Service
from deployments.runner.patterns import note_unusual, read_detail
from deployments.tasks import note_patterns
from tests.deployments.hooks import github_push, make_sender
from tests.deployments.people import deployer, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def service() -> Service:
    return make_service()


def ended(service: Service, count: int, state: str = "succeeded", *, ago: timedelta = HOUR, **values: Any) -> None:
    """So many deployments that ended so long ago."""
    at, last = timezone.now() - ago, service.deployments.count()
    Deployment.objects.bulk_create(
        Deployment(
            service=service, number=last + n + 1, state=state, requested_at=at, after=at, finished_at=at, **values
        )
        for n in range(count)
    )


def make_token(person: User, name: str) -> Token:
    token, _ = issue_token(owner=person, by=None, name=name, scopes=["deployments:trigger"], days=30)
    return token


def noted() -> list[tuple[str, str]]:
    """Of what, and what is said of it."""
    records = AuditRecord.objects.filter(verb="pattern_noted").order_by("pk")
    return [(name, read_detail(detail)[0]) for name, detail in records.values_list("object_name", "detail")]


def test_person_who_deploys_far_more_than_ever_is_noted_once_a_day(service: Service) -> None:
    ended(service, 21, requested_by=deployer())

    assert (note_unusual(), note_unusual()) == (1, 0)
    ended(service, 5, requested_by=User.objects.get(username="deployer"))
    note_patterns()

    told = "They or their tokens deployed far more than usual: 21 within a day, 0 in the 30 days before"
    assert noted() == [("deployer", told)]
    assert AuditRecord.objects.get(verb="pattern_noted").by is None


def test_pattern_of_another_day_is_another(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    person = deployer()
    ended(service, 21, requested_by=person)
    note_unusual()
    tomorrow = timezone.now() + DAY
    ended(service, 41 * 10, requested_by=person, ago=-DAY)
    monkeypatch.setattr("deployments.runner.patterns.timezone.now", lambda: tomorrow + HOUR)
    note_unusual()

    assert len(noted()) == 2


@pytest.mark.parametrize(
    ("today", "before", "is_noted"),
    [(20, 0, False), (21, 63, True), (21, 64, False), (30, 90, True), (30, 91, False), (100, 3000, False)],
)
def test_usual_is_what_was_done_before(today: int, before: int, is_noted: bool, service: Service) -> None:
    person = deployer()
    ended(service, today, requested_by=person)
    ended(service, before, requested_by=person, ago=10 * DAY)
    ended(service, 5, requested_by=person, ago=40 * DAY)

    assert bool(note_unusual()) == is_noted


def test_token_is_noted_by_its_name_and_not_its_owner_again(service: Service) -> None:
    person = deployer()
    pipeline, other = (make_token(person, name) for name in ("Pipeline", "Other"))
    ended(service, 21, requested_by=person, token=pipeline)
    ended(service, 15, requested_by=person, token=other)

    assert (note_unusual(), note_unusual()) == (1, 0)
    told = "It deployed far more than usual: 21 within a day, 0 in the 30 days before"
    assert noted() == [("token Pipeline of deployer", told)]
    assert pipeline.secret_sha256 not in str(noted())


def test_tokens_of_a_person_add_up_to_what_the_person_does(service: Service) -> None:
    person = deployer()
    for name in ("one", "two"):
        ended(service, 11, requested_by=person, token=make_token(person, name))

    note_unusual()

    assert [name for name, _ in noted()] == ["deployer"]


def test_token_whose_deployments_fail_again_and_again_is_noted(service: Service) -> None:
    person, other = deployer(), make_service("other")
    token = make_token(person, "Pipeline")
    for each in (service, other):
        ended(each, 3, "failed", requested_by=person, token=token, error_message="No such branch.")
        ended(each, 1, requested_by=person)

    note_unusual()

    assert noted() == [("token Pipeline of deployer", "The last 5 deployments it asked for failed: No such branch.")]
    ended(other, 1, requested_by=person, token=token, ago=timedelta(0))
    assert (note_unusual(), len(noted())) == (0, 1)


def test_deployment_knows_the_token_that_asked(service: Service) -> None:
    person = deployer()
    service.team = team("Web")
    service.save()
    token = make_token(person, "Pipeline")

    by_token = request_deployment(service, by=acting_owner(token))
    by_hand = request_deployment(service, by=person)

    assert (by_token.token, by_token.requested_by_id, by_hand.token) == (token, person.pk, None)
    asked = AuditRecord.objects.filter(verb="deployment_requested").order_by("pk").values_list("detail", flat=True)
    assert list(asked) == ["Deployment 1: Deploy, with the token Pipeline", "Deployment 2: Deploy"]


def test_many_people_do_not_add_up(service: Service) -> None:
    ended(service, 15, requested_by=deployer("one"))
    ended(service, 15, requested_by=deployer("two"))
    ended(service, 50)

    assert (note_unusual(), noted()) == (0, [])


def test_hook_that_deploys_far_more_than_ever_is_noted(service: Service) -> None:
    sender = make_sender(service)
    for n in range(1, 22):
        sender.github(github_push(after=f"{n:040x}"), delivery=f"d-{n}")

    note_unusual()

    told = "Its GitHub hook deployed far more than usual: 21 within a day, 0 in the 30 days before"
    assert noted() == [("service site (production)", told)]
    assert HookDelivery.objects.count() == 21


def test_service_that_fails_again_and_again_is_noted_once_a_day(service: Service) -> None:
    ended(service, 1)
    ended(service, 5, "failed", error_message="No Dockerfile.")

    assert (note_unusual(), note_unusual()) == (1, 0)
    assert noted() == [("service site (production)", "Its last 5 deployments failed: No Dockerfile.")]


@pytest.mark.parametrize(
    "states",
    [["failed"] * 4, ["failed"] * 4 + ["succeeded"], ["failed", "failed", "succeeded", "failed", "failed"],
     ["succeeded", "failed", "failed", "failed", "failed"]],
)  # fmt: skip
def test_fewer_failures_are_none(states: list[str], service: Service) -> None:
    for state in states:
        ended(service, 1, state)

    assert note_unusual() == 0


def test_cancelled_ones_between_say_nothing(service: Service) -> None:
    ended(service, 3, "failed")
    ended(service, 2, "cancelled")
    ended(service, 2, "failed")

    assert note_unusual() == 1


def test_old_failures_and_removed_services_are_nobodys_business(service: Service) -> None:
    ended(service, 5, "failed", ago=2 * DAY)
    assert note_unusual() == 0
    ended(service, 1, "failed")
    Service.objects.update(removed_at=timezone.now())
    assert note_unusual() == 0


def test_task_runs_by_itself() -> None:
    assert "deployments.tasks.note_patterns" in {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}


def test_pattern_of_a_service_tells_which_by_its_id(service: Service) -> None:
    """Its name is another's one day; what failed is cut before its id is."""
    ended(service, 5, "failed", error_message=f"[service {uuid4()}] " + "x" * 990)

    assert note_unusual() == 1

    detail = AuditRecord.objects.get(verb="pattern_noted").detail
    assert (len(detail), read_detail(detail)[1]) == (500, service.pk)
    assert read_detail("It failed [service x]") == ("It failed [service x]", None)


def test_service_that_takes_a_name_is_noted_on_the_same_day(service: Service) -> None:
    ended(service, 5, "failed", error_message="No Dockerfile.")
    note_unusual()
    Service.objects.filter(pk=service.pk).update(removed_at=timezone.now())
    ended(make_service(), 5, "failed", error_message="No Dockerfile.")

    assert note_unusual() == 1

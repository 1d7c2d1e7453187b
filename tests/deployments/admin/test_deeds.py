"""Buttons: what each asks for, what is told, and that the same press twice asks for nothing new."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from deployments.admin.deeds import PINNED
from deployments.models import BackendKind, Deployment
from tests.catalog.admin.pages import messages
from tests.deployments.admin.visits import buttons, make_artifact, make_deployment, page_of, press, sit, web_service
from tests.deployments.people import deployer

pytestmark = pytest.mark.django_db
RAN: dict[str, Any] = {"revision": "sha256:one", "configs": {str(kind): {} for kind in BackendKind}}


def newest() -> Deployment:
    return Deployment.objects.order_by("-number")[0]


@pytest.mark.parametrize(("deed", "uses_cache"), [("deploy", True), ("deploy-afresh", False)])
def test_deploy_leads_to_the_page_of_what_was_asked_for(deed: str, *, uses_cache: bool) -> None:
    service, person = web_service(), deployer()

    answer = press(sit(person), service, deed)

    made = newest()
    assert answer.headers["Location"] == page_of(made)
    assert (made.service, made.state, made.uses_cache, made.requested_by) == (service, "queued", uses_cache, person)


@pytest.mark.parametrize("deed", ["deploy", "deploy-afresh", "redeploy", "roll-back"])
def test_same_press_twice_is_one_deployment(deed: str) -> None:
    service, client = web_service(), sit(deployer())
    old = make_deployment(service, **RAN)
    make_deployment(service)
    number = uuid4().hex

    answers = [press(client, service, deed, deployment=old.pk, press=number) for _ in range(2)]

    made = newest()
    assert [answer.headers["Location"] for answer in answers] == [page_of(made)] * 2
    assert (made.number, made.state) == (3, "queued")
    # Another button of the same page is another press.
    assert press(client, service, "pin", press=number).headers["Location"] == page_of(service)
    service.refresh_from_db()
    assert service.is_pinned


def test_rollback_brings_back_pins_and_says_so() -> None:
    service, client = web_service(), sit(deployer())
    old = make_deployment(service)
    make_deployment(service)

    answer = client.post(page_of(service), {"deed": "roll-back", "deployment": old.pk, "press": ""}, follow=True)

    made = newest()
    service.refresh_from_db()
    assert (made.kind, made.artifact_of, service.is_pinned) == ("rollback", old, True)
    assert messages(answer) == [
        f"Deployment 3 brings back what deployment 1 made live. The service is pinned now. {PINNED}"
    ]


def test_redeploy_runs_what_ran() -> None:
    service, client = web_service(), sit(deployer())
    old = make_deployment(service, "failed", **RAN)

    press(client, old, "redeploy", deployment=old.pk)

    made = newest()
    assert (made.kind, made.revision, made.configs) == ("redeploy", old.revision, old.configs)


def test_cancel_of_one_that_runs_is_asked_once_and_told() -> None:
    service, client = web_service(), sit(deployer())
    running = make_deployment(service, "building")

    answers = [press(client, running, "cancel", deployment=running.pk) for _ in range(2)]
    page = client.get(page_of(running))

    running.refresh_from_db()
    assert [answer.headers["Location"] for answer in answers] == [page_of(running)] * 2
    assert running.cancel_requested_at is not None
    assert page.context["standing"].headline == "Stopping"
    assert (messages(page), buttons(page)) == ([], set())


def test_cancel_of_one_that_waits_has_cancelled_it() -> None:
    service, client = web_service(), sit(deployer())
    waiting = make_deployment(service, "queued")

    press(client, waiting, "cancel", deployment=waiting.pk)

    page = client.get(page_of(waiting))
    assert page.context["standing"].headline == "Cancelled"


def test_what_the_action_refuses_is_told_without_an_error() -> None:
    service, client = web_service(), sit(deployer())
    ended = make_deployment(service, "failed")
    gone = make_deployment(service, artifact=make_artifact(collected_at=timezone.now()))

    def told(deed: str, **sent: Any) -> list[str]:
        return messages(client.post(page_of(service), {"deed": deed, **sent}, follow=True))

    assert told("cancel", deployment=ended.pk) == ["It has ended already."]
    assert told("roll-back", deployment=gone.pk) == [
        "What deployment 2 built is no longer kept. Deploy its revision again instead."
    ]
    assert told("roll-back", deployment=ended.pk) == ["Only what was live of this service can be brought back."]
    assert told("explode") == ["That was no button of this page; try again."]
    service.removed_at = timezone.now()
    service.save()
    assert told("deploy") == ["The service is removed."]
    assert service.deployments.count() == 2


def test_pin_and_unpin_again_are_harmless() -> None:
    service, client = web_service(), sit(deployer())
    pinned = []
    for deed in ("pin", "pin", "unpin", "unpin"):
        assert press(client, service, deed).headers["Location"] == page_of(service)
        service.refresh_from_db()
        pinned.append(service.is_pinned)

    assert pinned == [True, True, False, False]

"""The page of a service: sentences, buttons, and what is offered of each deployment."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deployments.models import BackendKind
from tests.catalog.admin.pages import count_queries, sentences
from tests.deployments.admin.visits import buttons, make_artifact, make_deployment, page_of, sit, web_service
from tests.deployments.people import deployer

pytestmark = pytest.mark.django_db
CONFIGS: dict[str, dict[str, str]] = {str(kind): {} for kind in BackendKind}


@pytest.fixture
def client() -> Client:
    return sit(deployer())


def words(answer: Any) -> str:
    return " ".join(sentences(answer).split())


def offers(answer: Any) -> dict[int, tuple[bool, bool, bool, bool]]:
    """By number: cancel, roll back, redeploy, is gone."""
    found = {each.line.deployment.number: each.offers for each in answer.context["lines"]}
    return {number: (each.cancel, each.roll_back, each.redeploy, each.is_gone) for number, each in found.items()}


def test_new_service_says_that_nothing_is_live(client: Client) -> None:
    answer = client.get(page_of(web_service()))

    for sentence in ("Nothing is live yet", "It was never deployed. Press Deploy to begin."):
        assert sentence in words(answer)
    assert buttons(answer) == {"deploy", "deploy-afresh", "pin"}


def test_live_service_tells_where_it_is_and_goes_back_in_one_click(client: Client) -> None:
    service = web_service(is_pinned=True)
    make_deployment(service)
    make_deployment(service, release={"id": "r", "url": "https://site.example.com/"})

    answer = client.get(page_of(service))

    for sentence in (
        "Deployment 2 is live", "https://site.example.com/</a>, since", "Roll back to deployment 1",
        "It is pinned, as after a rollback. Nothing is deployed by itself", "puts what was built on",
    ):  # fmt: skip
        assert sentence in words(answer)
    assert buttons(answer) == {"deploy", "deploy-afresh", "roll-back", "unpin"}


def test_each_deployment_offers_what_its_action_allows(client: Client) -> None:
    service = web_service()
    make_deployment(service, artifact=make_artifact(collected_at=timezone.now()), configs=CONFIGS)  # 1: not kept
    make_deployment(service)  # 2: kept, its configs not known
    make_deployment(service, "failed")  # 3: never knew its revision
    make_deployment(service, "failed", revision="sha256:x", configs=CONFIGS)  # 4
    make_deployment(service, configs=CONFIGS)  # 5: live
    make_deployment(service, "building", revision="sha256:x", configs=CONFIGS)  # 6
    make_deployment(service, "queued")  # 7

    answer = client.get(page_of(service))

    assert offers(answer) == {
        1: (False, False, True, True),
        2: (False, True, False, False),
        3: (False, False, False, False),
        4: (False, False, True, False),
        5: (False, False, True, False),
        6: (True, False, False, False),
        7: (True, False, False, False),
    }
    assert "What it built is no longer kept." in words(answer)
    assert "Deployment 6 is under way (building)" in words(answer)


def test_what_is_just_made_live_cannot_be_cancelled(client: Client) -> None:
    service = web_service()
    running = make_deployment(service, "deploying")
    service.active = running
    service.save()

    assert offers(client.get(page_of(service)))[1][0] is False


def test_after_a_rollback_the_click_goes_further_back(client: Client) -> None:
    service = web_service()
    one, two, _ = make_deployment(service), make_deployment(service), make_deployment(service)
    make_deployment(service, kind="rollback", artifact_of=two, artifact=two.artifact)

    assert client.get(page_of(service)).context["before"] == one


def test_removed_service_is_shown_without_buttons(client: Client) -> None:
    service = web_service(removed_at=timezone.now())
    make_deployment(service)

    answer = client.get(page_of(service))

    assert ("This service was removed on" in words(answer), buttons(answer)) == (True, set())


def test_pages_that_are_not_there_have_no_link(client: Client) -> None:
    assert b'href=""' not in client.get(page_of(web_service())).content


def test_three_deployments_cost_as_much_as_one(client: Client) -> None:
    service = web_service()
    make_deployment(service)
    for_one = count_queries(client, page_of(service))
    for state in ("succeeded", "failed", "building"):
        make_deployment(service, state)

    assert count_queries(client, page_of(service)) == for_one

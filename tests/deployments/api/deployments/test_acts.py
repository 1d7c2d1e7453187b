"""Cancelling, going back, and staying there, by programs."""

import pytest
from django.utils import timezone

from deployments.models import Artifact, Deployment, Service
from deployments.runner.claims import claim
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.deployments.test_views import ended
from tests.deployments.api.programs import DEPLOYMENTS, UNKNOWN, create, errors, program, row
from tests.deployments.services import make_service, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_one_that_waits_is_cancelled_and_one_that_runs_is_asked() -> None:
    client = program()
    waits, runs = queue(row(create(client))), queue(row(create(client, "other")))
    claim(runs.pk)

    first, second = (send(client, "POST", f"{DEPLOYMENTS}/{each.pk}/cancel", "") for each in (waits, runs))

    assert (first.status_code, first.json()["state"], first.json()["isOver"]) == (202, "cancelled", True)
    assert (second.status_code, second.json()["state"]) == (202, "fetching")
    assert second.json()["cancelRequestedAt"] is not None
    assert second.headers["Location"] == f"{DEPLOYMENTS}/{runs.pk}"


def test_one_that_has_ended_or_is_made_live_is_a_conflict() -> None:
    client = program()
    service = row(create(client))
    over, live = ended(service), queue(service)
    claim(live.pk)
    Service.objects.update(active=live)

    answers = [send(client, "POST", f"{DEPLOYMENTS}/{each.pk}/cancel", {}) for each in (over, live)]

    assert [refusal(answer) for answer in answers] == [(409, [])] * 2
    assert "ended already" in answers[0].json()["detail"]
    assert "being made live" in answers[1].json()["detail"]


def test_service_goes_back_and_is_pinned() -> None:
    client = program()
    address = create(client)
    to = ended(row(address))

    first, second = (
        send(client, "POST", f"{address}/rollback", {"to": str(to.pk)}, Idempotency_Key="k") for _ in range(2)
    )

    shown = first.json()
    assert (first.status_code, shown["kind"], shown["rollbackTo"]) == (202, "rollback", str(to.pk))
    assert shown["artifact"]["digest"] == (to.artifact and to.artifact.digest)
    assert first.headers["Location"] == second.headers["Location"] == f"{DEPLOYMENTS}/{shown['id']}"
    assert (row(address).is_pinned, Deployment.objects.count()) == (True, 2)


def test_what_is_not_kept_or_was_never_live_is_not_brought_back() -> None:
    client = program()
    address = create(client)
    service = row(address)
    failed = ended(service, state="failed")
    collected, others = ended(service), ended(make_service("other"))
    Artifact.objects.filter(deployments=collected).update(collected_at=timezone.now())

    answers = [
        send(client, "POST", f"{address}/rollback", {"to": to})
        for to in (str(failed.pk), str(collected.pk), str(others.pk), UNKNOWN, "x")
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 400]
    assert "no longer kept" in answers[1].json()["detail"]
    assert [errors(answer) for answer in answers[2:4]] == [{"/to": "reference"}] * 2
    assert not row(address).is_pinned


def test_service_is_pinned_and_let_go() -> None:
    client = program()
    address = create(client)

    pinned = [send(client, "POST", f"{address}/pin", {"pinned": value}) for value in (True, True, False)]

    assert [(answer.status_code, answer.json()["isPinned"]) for answer in pinned] == [
        (200, True),
        (200, True),
        (200, False),
    ]
    assert pinned[0].headers["ETag"] == '"1"'


@pytest.mark.parametrize(("act", "sent"), [("pin", {}), ("pin", {"pinned": "yes"}), ("rollback", {})])
def test_body_that_says_nothing_is_refused(act: str, sent: object) -> None:
    client = program()

    assert send(client, "POST", f"{create(client)}/{act}", sent).status_code == 400

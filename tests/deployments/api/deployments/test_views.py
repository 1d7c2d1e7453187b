"""Deployments are asked for, listed and looked at by programs."""

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import AuditRecord
from deployments.models import Artifact, BackendKind, Deployment, Service
from tests.catalog.admin.pages import count_queries
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import DEPLOYMENTS, LOOK, UNKNOWN, create, errors, program, row
from tests.deployments.people import make_person
from tests.deployments.services import make_service, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
CONFIGS: dict[str, Any] = {kind: {} for kind in BackendKind.values}


def ended(service: Service, **values: Any) -> Deployment:
    """One that succeeded, with all that it ran with."""
    digest = f"{Artifact.objects.count():064d}"
    now = timezone.now()
    artifact = Artifact.objects.create(digest=digest, kind="site", size_bytes=5, files=1, created_at=now)
    fields = {
        "state": "succeeded", "finished_at": now, "started_at": now, "revision": "r1", "configs": CONFIGS,
        "backends": {"source": {"backend": "inline@1", "version": "1.0.0"}}, "schemas": {"source": "ab"},
        "registry_serial": 1, "artifact": artifact, "release": {"id": "x", "url": "https://x.test", "meta": {}},
        "steps": [{"step": "build", "seconds": 0.5}], "attempt": 1,
    }  # fmt: skip
    return queue(service, **{**fields, **values})


def test_deployment_is_asked_for_and_its_address_says_how_far_it_is() -> None:
    client = program()
    address = create(client)

    answer = send(client, "POST", f"{address}/deployments", "")

    made = Deployment.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"{DEPLOYMENTS}/{made.pk}")
    shown = answer.json()
    assert client.get(answer.headers["Location"]).json() == shown
    assert (shown["state"], shown["isOver"], shown["isLive"], shown["number"]) == ("queued", False, False, 1)
    assert (shown["serviceId"], shown["requestedBy"], shown["usesCache"]) == (str(row(address).pk), "deployer", True)
    assert AuditRecord.objects.filter(verb="deployment_requested", by__username="deployer").exists()


def test_options_reach_the_deployment() -> None:
    client = program()
    address = create(client)
    running = queue(row(address))
    Deployment.objects.filter(pk=running.pk).update(
        state="building", lease=UNKNOWN, lease_expires_at=timezone.now(), attempt=1
    )

    answer = send(client, "POST", f"{address}/deployments", {"usesCache": False, "cancelsRunning": True})

    running.refresh_from_db()
    assert (answer.status_code, answer.json()["usesCache"]) == (202, False)
    assert running.cancel_requested_at is not None
    assert running.state == "building"


def test_second_request_takes_the_place_of_the_one_that_waits() -> None:
    client = program()
    address = create(client)

    first, second = (send(client, "POST", f"{address}/deployments", {}).json() for _ in range(2))

    assert client.get(f"{DEPLOYMENTS}/{first['id']}").json()["state"] == "superseded"
    assert (second["state"], second["number"]) == ("queued", 2)


def test_same_key_asks_once() -> None:
    client = program()
    at = f"{create(client)}/deployments"

    first, second = (send(client, "POST", at, {}, Idempotency_Key="k") for _ in range(2))

    assert (first.headers["Location"], first.content) == (second.headers["Location"], second.content)
    assert (second.headers["Idempotent-Replayed"], Deployment.objects.count()) == ("true", 1)


def test_what_ran_is_deployed_again() -> None:
    client = program()
    address = create(client)
    earlier = ended(row(address))

    answer = send(client, "POST", f"{address}/deployments", {"redeploy": str(earlier.pk), "usesCache": False})

    shown = answer.json()
    assert (answer.status_code, shown["kind"], shown["revision"], shown["usesCache"]) == (202, "redeploy", "r1", False)
    assert shown["configs"] == CONFIGS


def test_only_what_ran_of_this_service_is_deployed_again() -> None:
    client = program()
    at = f"{create(client)}/deployments"
    other = ended(make_service("other"))
    never = queue(Service.objects.get(name="site"), revision="")

    answers = [send(client, "POST", at, {"redeploy": of}) for of in (UNKNOWN, str(other.pk), str(never.pk), "x", 5)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 400, 400]
    assert [errors(answer) for answer in answers[:2]] == [{"/redeploy": "reference"}] * 2
    assert "deployed again" in answers[2].json()["detail"]


def test_one_deployment_says_what_ran_and_what_came_of_it() -> None:
    client = program()
    service = row(create(client))
    first = ended(service)
    error = {"error_kind": "permanent", "error_message": "No such branch", "error_hint": "Name another branch."}
    failed = ended(service, state="failed", artifact=None, release={}, replaces=first, **error)
    Service.objects.update(active=first)

    shown, wrong = (client.get(f"{DEPLOYMENTS}/{each.pk}").json() for each in (first, failed))

    assert (shown["isLive"], shown["isOver"], shown["url"]) == (True, True, "https://x.test")
    assert shown["backends"] == {"source": {"backend": "inline@1", "version": "1.0.0"}}
    assert (shown["schemas"], shown["registrySerial"], shown["revision"]) == ({"source": "ab"}, 1, "r1")
    assert shown["artifact"] == {"digest": f"{0:064d}", "kind": "site", "sizeBytes": 5, "files": 1, "isKept": True}
    assert (shown["steps"], shown["error"]) == ([{"step": "build", "connection": None, "seconds": 0.5}], None)
    assert wrong["error"] == {"kind": "permanent", "message": "No such branch", "hint": "Name another branch."}
    assert (wrong["artifact"], wrong["url"], wrong["replaces"], wrong["isLive"]) == (None, None, str(first.pk), False)
    assert client.get(f"/api/v1/services/{service.pk}").json()["url"] == "https://x.test"


def test_lists_are_filtered_and_paged_the_newest_first() -> None:
    client = program()
    service = row(create(client))
    staging = row(create(client, "other", environment="staging"))
    for _ in range(3):
        ended(service)
    queue(staging)

    def numbers(query: str) -> list[int]:
        return [deployment["number"] for deployment in client.get(f"{DEPLOYMENTS}?{query}").json()]

    pages, at = [], f"/api/v1/services/{service.pk}/deployments?limit=2"
    while at:
        page = client.get(at)
        pages.append([deployment["number"] for deployment in page.json()])
        at = page.headers.get("Link", "")[1:].partition(">")[0]
    assert pages == [[3, 2], [1]]
    assert (numbers("state=queued"), numbers("environment=staging")) == ([1], [1])
    assert (numbers(f"service={service.pk}"), len(numbers(""))) == ([3, 2, 1], 4)
    assert client.get(f"/api/v1/services/{service.pk}/deployments?state=queued").json() == []
    assert "configs" not in client.get(DEPLOYMENTS).json()[0]


@pytest.mark.parametrize(
    "query",
    ["state=nope", "service=x", "limit=201", "environment=%00", "more=1", "state=queued&state=failed", "cursor=x"],
)
def test_list_with_a_mistake_is_refused(query: str) -> None:
    assert program().get(f"{DEPLOYMENTS}?{query}").status_code == 400


def test_two_of_one_moment_are_on_one_page_each() -> None:
    client = program()
    service = row(create(client))
    now = timezone.now()
    for _ in range(5):
        ended(service, requested_at=now)

    seen, at = [], f"{DEPLOYMENTS}?limit=2"
    while at:
        page = client.get(at)
        seen += [deployment["number"] for deployment in page.json()]
        at = page.headers.get("Link", "")[1:].partition(">")[0]

    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_queries_of_the_list_do_not_grow() -> None:
    client = program()
    ended(row(create(client)))
    few = count_queries(client, DEPLOYMENTS)
    ended(row(create(client, "other")), requested_by=make_person("boss", "Administrator"))

    assert count_queries(client, DEPLOYMENTS) == few
    assert len(client.get(DEPLOYMENTS).json()) == 2


def test_who_only_looks_asks_for_nothing() -> None:
    address = create(program())
    looker = program(None, LOOK)

    assert refusal(send(looker, "POST", f"{address}/deployments", {})) == (403, [])
    assert not Deployment.objects.exists()

"""Absurd bodies at every endpoint that reads one: a problem in words, never a fault, and nothing is kept."""

import json
from typing import Any

import pytest

from deployments.models import Deployment, Service
from registry_site.intake import MAX_BODY_BYTES
from tests.catalog.api.write.programs import PROBLEM, send
from tests.deployments.api.programs import SERVICES, body, create, program
from tests.deployments.api.scopes import JSON_ROUTES
from tests.deployments.api.test_scopes import address_of
from tests.deployments.services import queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
DEEP = f"{'[' * 5000}{']' * 5000}"
UNREADABLE = {
    "not JSON": '{"name": ',
    "deep": f'{{"name": {DEEP}}}',
    "zero": '{"name": "a\\u0000b"}',
    "half a character": '{"name": "\\ud800"}',
    "beyond numbers": f'{{"name": {"9" * 400}}}',
    "not a number": '{"name": NaN}',
    "twice": '{"name": "a", "name": "b"}',
    "other bytes": b'{"name": "\xff"}',
}
READING = [
    (method, route)
    for route, methods in JSON_ROUTES.items()
    for method in methods
    if method in ("POST", "PUT", "PATCH")
]
# Words that a validator finds wrong, and says so in a result.
RESULTS = ("services/validate", "services/<uuid:id>/validate")


@pytest.fixture
def parts(db: None) -> dict[str, str]:
    address = create(program())
    deployment = queue(Service.objects.get())
    return {
        "deployments/<uuid:id>": f"deployments/{deployment.pk}",
        "<uuid:id>": address.rpartition("/")[2],
        "<str:name>": "token",
    }


def unchanged() -> bool:
    service, deployment = Service.objects.get(), Deployment.objects.get()
    revision = service.latest_revision
    assert revision is not None
    return (revision.number, service.is_pinned, service.secrets.count(), deployment.state) == (1, False, 0, "queued")


@pytest.mark.parametrize(("method", "route"), READING)
def test_body_that_cannot_be_read_is_refused_in_words(method: str, route: str, parts: dict[str, str]) -> None:
    client, address = program(), address_of(route, parts)

    answers = {
        name: send(client, method, address, content, If_Match='"1"', Idempotency_Key="k")
        for name, content in UNREADABLE.items()
    }

    assert {
        name: (answer.status_code, answer.headers["Content-Type"]) for name, answer in answers.items()
    } == dict.fromkeys(UNREADABLE, (400, PROBLEM))
    assert all(answer.json()["detail"] for answer in answers.values())
    assert unchanged()


@pytest.mark.parametrize(("method", "route"), READING)
@pytest.mark.parametrize("sent", [[], "x", 5, None, {"surprise": 1}], ids=repr)
def test_body_of_another_shape_is_refused(method: str, route: str, sent: Any, parts: dict[str, str]) -> None:
    answer = send(program(), method, address_of(route, parts), json.dumps(sent), If_Match='"1"')

    if route in RESULTS and isinstance(sent, dict):
        assert (answer.status_code, answer.json()["valid"]) == (200, False)
    else:
        assert answer.status_code == 400
        assert answer.json()["errors"]
    assert unchanged()


@pytest.mark.parametrize(
    "members",
    [
        {"name": "x" * 400_000},
        {"name": "\u202e\u200b"},
        {"environment": "ä" * 40},
        {"team": "x" * 100_000},
        {"providerId": "../../etc/passwd"},
        {"stackId": "%"},
        {"targetId": "directory@99999999999999999999"},
        {"targetId": "@"},
        {"providerConfig": {"files": {f"f{number}": "" for number in range(5000)}}},
        {"providerConfig": {"files": {"x": 10**15}}},
        {"targetConfig": {"folder": "../../etc"}},
        {"routing": {"source": {"labels": {"a": [1]}}, "target": {}, "x": 1}},
        {"routing": {"source": {"connection": {"$ne": None}}}},
        {"secrets": {f"s{number}": "x" for number in range(101)}},
        {"changeNote": "x" * 501},
    ],
    ids=lambda members: str(members)[:40],
)
def test_absurd_members_are_refused_by_all_three_judges(members: dict[str, Any]) -> None:
    client = program()
    address = create(client, "before")

    new = send(client, "POST", SERVICES, body(**members))
    patch = send(client, "PATCH", address, members, If_Match='"1"')
    judged = send(client, "POST", f"{SERVICES}/validate", body(**members))
    judged_patch = send(client, "POST", f"{address}/validate", members)

    assert {new.status_code, patch.status_code} <= {400, 422}
    assert len(new.content) < 20_000
    assert [judged.json()["valid"], judged_patch.json()["valid"]] == [False, False]
    assert Service.objects.count() == 1


def test_body_beyond_the_limit_is_refused(parts: dict[str, str]) -> None:
    answer = send(program(), "POST", SERVICES, json.dumps(body("x" * MAX_BODY_BYTES)))

    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_other_types_of_bodies_are_refused(kind: str, parts: dict[str, str]) -> None:
    assert send(program(), "POST", SERVICES, "x", Content_Type=kind).status_code == 415

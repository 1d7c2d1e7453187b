"""What is another team's does not exist, at any endpoint; and ids that nobody has are answered alike."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from catalog.models import Revision
from deployments.models import Deployment, Service
from tests.catalog.api.write.programs import PROBLEM, send
from tests.deployments.api.programs import DEPLOYMENTS, SERVICES, UNKNOWN, create, program
from tests.deployments.api.scopes import JSON_ROUTES
from tests.deployments.api.test_scopes import address_of
from tests.deployments.people import deployer
from tests.deployments.services import queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
# A right body of each operation that has one.
BODIES: Mapping[tuple[str, str], Any] = {
    ("PATCH", "services/<uuid:id>"): {"name": "mine"},
    ("POST", "services/<uuid:id>/restore"): {"number": 1},
    ("PUT", "services/<uuid:id>/secrets/<str:name>"): {"value": "mine"},
    ("POST", "services/<uuid:id>/rollback"): {"to": UNKNOWN},
    ("POST", "services/<uuid:id>/pin"): {"pinned": True},
}
OWNED = [
    (method, route)
    for route, methods in JSON_ROUTES.items()
    if "<uuid:id>" in route
    for method in methods
]  # fmt: skip


def call(client: Client, method: str, route: str, id: str) -> Any:  # noqa: A002
    parts = {"<uuid:id>": id, "<number:number>": "1", "<str:name>": "token"}
    sent = BODIES.get((method, route), "" if method in ("GET", "DELETE") else {})
    return send(client, method, address_of(route, parts), sent, If_Match='"1"')


@pytest.fixture
def theirs(db: None) -> tuple[str, str]:
    """The ids of a service of Web with a secret, and of a deployment of it that waits."""
    address = create(program(), secrets={"token": "hush"})
    service = Service.objects.get()
    return address.rpartition("/")[2], str(queue(service).pk)


@pytest.mark.parametrize(("method", "route"), OWNED)
def test_strangers_and_unknown_ids_get_the_same_nothing(method: str, route: str, theirs: tuple[str, str]) -> None:
    stranger = program(deployer("stranger", of="Shop"))
    id = theirs[route.startswith("deployments/")]  # noqa: A001

    answer, unknown = call(stranger, method, route, id), call(stranger, method, route, UNKNOWN)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)
    assert answer.content.decode().replace(id, UNKNOWN) == unknown.content.decode()
    assert (Service.objects.get().name, Service.objects.get().is_pinned) == ("site", False)
    assert Service.objects.get().secrets.count() == 1
    assert [deployment.state for deployment in Deployment.objects.all()] == ["queued"]
    assert Revision.objects.filter(entry_key=Service.objects.get().key).count() == 1


@pytest.mark.parametrize(("method", "route"), OWNED)
def test_people_of_the_team_get_an_answer(method: str, route: str, theirs: tuple[str, str]) -> None:
    id = theirs[route.startswith("deployments/")]  # noqa: A001

    answer = call(program(), method, route, id)

    # The same revision is nothing to restore, and nobody knows where to roll back to.
    refused = route.endswith(("/restore", "/rollback"))
    assert answer.status_code == 422 if refused else answer.status_code < 300


def test_lists_hold_nothing_of_others(theirs: tuple[str, str]) -> None:
    stranger = program(deployer("stranger", of="Shop"))

    lists = [SERVICES, DEPLOYMENTS, f"{DEPLOYMENTS}?service={theirs[0]}", f"{SERVICES}?team=Web"]

    assert [stranger.get(address).json() for address in lists] == [[]] * 4
    assert [len(program().get(address).json()) for address in lists] == [1] * 4


@pytest.mark.parametrize("id", ["x", "1", UNKNOWN[:-1], UNKNOWN.upper(), "%00", "..%2F..", "a" * 5000])
def test_what_is_no_id_is_not_there(id: str, db: None) -> None:  # noqa: A002
    client = program()

    answers = [client.get(f"{address}/{id}") for address in (SERVICES, DEPLOYMENTS)]

    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(404, PROBLEM)] * 2

"""Whose uploads are whose, and who may send any."""

from typing import Any

import pytest
from django.test import Client

from catalog.models.clients import SCOPES
from deployments.actions.uploads import MAX_UNFINISHED
from tests.catalog.api.write.programs import program_of, refusal
from tests.deployments.api.uploads.sending import (
    TUS,
    begin,
    begun,
    send,
    send_all,
    sender,
)
from tests.deployments.people import deployer, make_person

pytestmark = pytest.mark.django_db
CONTENT = b"0123456789"


def test_team_shares_an_upload_and_others_know_nothing_of_it() -> None:
    address = begun(sender(), 10)
    mate, stranger = sender(deployer("mate", of="Web")), sender(deployer("stranger", of="Shop"))

    assert send(mate, address, CONTENT[:4], at=0).status_code == 204
    calls: list[Any] = [
        stranger.get(address),
        send(stranger, address, CONTENT[4:], at=4),
        stranger.delete(address, headers=TUS),
    ]
    assert [refusal(answer)[0] for answer in calls] == [404] * 3


def test_who_belongs_to_several_teams_says_which() -> None:
    client = sender(make_person("both", "Deployer", "Web", "Shop"))

    assert refusal(begin(client, 10)) == (422, [("/team", "refused")])
    assert refusal(begin(client, 10, team="Finance")) == (422, [("/team", "refused")])
    assert begin(client, 10, team="Shop").json()["team"] == "Shop"


def test_administrators_upload_belongs_to_no_team_unless_it_is_named() -> None:
    client = sender(make_person("boss", "Administrator"))
    deployer()

    assert begin(client, 10).json()["team"] is None
    assert begin(client, 10, team="Web").json()["team"] == "Web"


def test_nobody_begins_without_end() -> None:
    client = sender()
    for _ in range(MAX_UNFINISHED):
        begun(client, 10)

    assert refusal(begin(client, 10))[0] == 422


def test_strangers_and_other_scopes_are_refused() -> None:
    person = deployer()
    address = begun(sender(person), 10)
    others = [scope for scope in SCOPES if scope != "services:write"]
    found = []
    for client in (Client(), program_of(make_person("boss", "Administrator"), *others)):
        answers = [begin(client, 10), client.get(address), send(client, address, b"x", at=0), client.delete(address)]
        found.append([refusal(answer)[0] for answer in answers])

    assert found == [[401] * 4, [403] * 4]


def test_session_sends_too_with_proof_of_origin() -> None:
    trusted, forged = Client(), Client(enforce_csrf_checks=True)
    person = deployer()
    trusted.force_login(person)
    forged.force_login(person)

    assert send_all(trusted, CONTENT).finished_at is not None
    assert refusal(begin(forged, 10))[0] == 403

"""Programs ask which builders fit a source, and come back for the answer."""

from typing import Any
from uuid import uuid4

import pytest

from deployments.models import Look, Secret
from deployments.runner.looking import run_look
from deployments.runner.looks import claim_look
from tests.catalog.api.write.programs import PROBLEM, send
from tests.deployments.api.programs import READ, SERVICES, WRITE, create, errors, program
from tests.deployments.people import deployer

pytestmark = pytest.mark.usefixtures("in_process", "catalogue")
ASK = f"{SERVICES}/suggestions"
FILES = {"files": {"index.html": "<h1>Hello</h1>"}}
BODY = {"providerId": "inline", "providerConfig": FILES}


def do(answer: Any) -> None:
    run_look(answer.json()["id"])


def test_question_is_accepted_and_answered_later() -> None:
    client = program()

    asked = send(client, "POST", ASK, BODY)
    waits = client.get(asked.headers["Location"])
    do(asked)
    found = client.get(asked.headers["Location"])

    assert (asked.status_code, asked.headers["Retry-After"]) == (202, "1")
    assert waits.json() == asked.json()
    assert (waits.json()["state"], waits.json()["isOver"], waits.json()["suggestions"]) == ("waiting", False, [])
    assert "Retry-After" not in found.headers
    assert found.headers["Cache-Control"] == "private, no-store"
    seen = found.json()
    assert (seen["state"], seen["isOver"], seen["error"]) == ("found", True, None)
    assert seen["suggestions"] == [
        {
            "builderId": "static",
            "builderBackend": "static@1",
            "majors": [],
            "confidence": 2,
            "reason": "There is an index.html in '.'.",
            "builderConfig": {"outputFolder": "."},
        }
    ]
    assert seen["keptUntil"] > seen["finishedAt"]


def test_service_is_asked_as_it_is_or_as_a_patch_would_make_it() -> None:
    client = program()
    service = create(client)

    asked = [
        send(client, "POST", f"{service}/suggestions", sent)
        for sent in ("", {"providerConfig": {"files": {"hugo.toml": "x"}}})
    ]

    assert [answer.status_code for answer in asked] == [202, 202]
    assert [answer.json()["serviceId"] for answer in asked] == [service.rpartition("/")[2]] * 2
    configs = {frozenset(look.source_config["files"]) for look in Look.objects.all()}
    assert configs == {frozenset({"index.html"}), frozenset({"index.html", "hugo.toml"})}


@pytest.mark.parametrize(
    ("sent", "status", "paths"),
    [
        ({}, 400, {"/providerId": "required"}),
        ({**BODY, "builderId": "static"}, 400, {"/builderId": "additionalProperties"}),
        ({**BODY, "secrets": {"1": "x"}}, 400, None),
        ({**BODY, "providerConfig": []}, 400, {"/providerConfig": "type"}),
        ({**BODY, "providerId": "nobody"}, 422, {"/providerId": "reference"}),
        ({**BODY, "team": "Shop"}, 422, {"/team": "reference"}),
        ({**BODY, "providerConfig": {}}, 422, {"/providerConfig/files": "required"}),
        ("[]", 400, None),
        ("{", 400, None),
    ],
)
def test_wrong_question_is_refused_where_it_is_wrong(sent: Any, status: int, paths: dict[str, str] | None) -> None:
    answer = send(program(), "POST", ASK, sent)

    assert (answer.status_code, answer.headers["Content-Type"], Look.objects.count()) == (status, PROBLEM, 0)
    if status == 422:
        assert answer.json()["detail"] == "The source cannot be looked at."
    if paths is not None:
        assert errors(answer) == paths


def test_second_question_waits_for_the_first() -> None:
    client = program()
    claim_look(send(client, "POST", ASK, BODY).json()["id"])

    again = send(client, "POST", ASK, BODY)
    other = send(client, "POST", ASK, {**BODY, "providerConfig": {"files": {"b": ""}}})

    assert (again.status_code, again.json()["state"]) == (202, "looking")
    assert (other.status_code, other.headers["Retry-After"], other.headers["Content-Type"]) == (409, "1", PROBLEM)


def test_secrets_never_come_back() -> None:
    client = program()

    asked = send(client, "POST", ASK, {**BODY, "secrets": {"token": "hush-4711"}})

    assert Secret.objects.get().look_id is not None
    assert b"hush" not in asked.content + client.get(asked.headers["Location"]).content
    assert "hush" not in Secret.objects.get().ciphertext
    do(asked)
    assert Secret.objects.count() == 0


def test_it_is_there_for_who_asked_alone() -> None:
    asked = send(program(), "POST", ASK, BODY)
    there, nowhere = asked.headers["Location"], f"{ASK}/{uuid4()}"

    others = [program(deployer("stranger", of="Shop")), program(deployer("colleague"))]

    assert [client.get(there).status_code for client in others] == [404, 404]
    assert program().get(nowhere).status_code == 404
    assert program(None, READ).get(there).status_code == 200
    assert program(None, WRITE).get(there).status_code == 403

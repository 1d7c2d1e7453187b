"""Whether a service could be made, or changed, like this: results with everything that is wrong, and nothing saved."""

from typing import Any

import pytest

from deployments.models import Secret, Service
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import READ, SERVICES, body, create, errors, program, row
from tests.deployments.drafts import INLINE
from tests.deployments.people import make_person
from tests.factories import provider_document, publish, save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
AT = f"{SERVICES}/validate"
VALID: dict[str, Any] = {"valid": True, "errors": [], "warnings": []}


def test_draft_is_judged_without_saving() -> None:
    reader = program(None, READ)

    right = send(reader, "POST", AT, body(secrets={"token": "hush"}))
    wrong = send(reader, "POST", AT, body(name="", targetId="oci-registry", providerConfig={"files": {}}))

    assert (right.status_code, right.json()) == (200, VALID)
    assert (wrong.status_code, wrong.json()["valid"]) == (200, False)
    assert errors(wrong)["/targetId"] == "incompatible_target"
    assert {"/name", "/providerConfig/files", "/targetConfig/folder"} <= errors(wrong).keys()
    assert not Service.objects.exists()
    assert not Secret.objects.exists()


def test_mistakes_of_shape_and_names_of_nothing_are_results_too() -> None:
    client = program()

    shape = send(client, "POST", AT, {"more": 1})
    names = send(client, "POST", AT, body(providerId="nope"))
    nobodys = send(client, "POST", AT, body(team=None) | {"team": None})

    assert errors(shape) == {"/more": "additionalProperties", "/name": "required", "/targetId": "required"}
    assert (names.json()["valid"], errors(names)) == (False, {"/providerId": "reference"})
    assert (nobodys.json()["valid"], errors(nobodys)) == (False, {"/team": "refused"})


def test_service_is_judged_as_it_is_or_with_changes() -> None:
    client = program()
    at = f"{create(client)}/validate"

    as_it_is = send(client, "POST", at, "")
    empty = send(client, "POST", at, {})
    changed = send(client, "POST", at, {"providerConfig": {"files": None}})
    unknown = send(client, "POST", at, {"more": 1})
    patch = send(client, "POST", at, {"name": "x"}, Content_Type="application/merge-patch+json")

    assert as_it_is.json() == empty.json() == patch.json() == VALID
    assert errors(changed) == {"/providerConfig/files": "required"}
    assert errors(unknown) == {"/more": "additionalProperties"}
    assert Service.objects.get().source_config["files"]


def test_what_became_of_the_catalogue_is_said() -> None:
    client = program()
    at = f"{create(client)}/validate"
    gone = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}
    save("provider", provider_document("inline", **INLINE, lifecycle=gone))
    publish()

    answer = send(client, "POST", at, "").json()

    assert (answer["valid"], [warning["code"] for warning in answer["warnings"]]) == (True, ["entry_deprecated"])


def test_secret_that_is_named_must_be_there_or_sent() -> None:
    client = program()
    address = create(client)
    patch = {"providerConfig": {"files": {"x": {"$secret": "token"}}}}

    missing = send(client, "POST", f"{address}/validate", patch)
    sent = send(client, "POST", f"{address}/validate", {**patch, "secrets": {"token": "hush"}})

    assert errors(missing)["/providerConfig/files/x"] in ("secret_missing", "type")
    assert "secret_missing" in {error["code"] for error in missing.json()["errors"]}
    assert "secret_missing" not in {error["code"] for error in sent.json()["errors"]}
    assert not row(address).secrets.exists()


@pytest.mark.parametrize("value", ["[]", "5", "null", '"x"'])
def test_what_is_no_object_is_a_mistake_of_the_request(value: str) -> None:
    client = program()
    at = f"{create(client)}/validate"

    answers = [send(client, "POST", address, value) for address in (AT, at)]

    assert [refusal(answer) for answer in answers] == [(400, [("", "type")])] * 2


def test_draft_without_a_body_is_refused() -> None:
    assert send(program(), "POST", AT, "").status_code == 400


def test_administrator_may_leave_the_team_out() -> None:
    assert send(program(make_person("boss", "Administrator")), "POST", AT, body()).json() == VALID

"""What a new service names is looked up, and everything that is wrong with it is said at once."""

from typing import Any

import pytest

from catalog.models import Provider
from deployments.models import Service
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import (
    SERVICES,
    body,
    create,
    errors,
    program,
)
from tests.deployments.people import make_person
from tests.factories import builder_document, publish, save, stack_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_everything_that_is_wrong_is_said_at_once_with_its_place() -> None:
    wrong = body(
        name="two\nlines", environment="Not a slug", builderId="site-image", targetId="directory",
        providerConfig={"files": {}, "more": 1}, targetConfig={},
    )  # fmt: skip
    save("builder", builder_document("site-image"))
    publish()

    answer = send(program(), "POST", SERVICES, wrong)

    assert answer.status_code == 422
    assert errors(answer) == {
        "/name": "name",
        "/environment": "pattern",
        "/targetId": "incompatible_target",
        "/targetConfig/folder": "required",
        "/providerConfig/files": "minProperties",
        "/providerConfig/more": "additionalProperties",
    }
    assert not Service.objects.exists()


def test_what_is_named_and_not_there_is_said_with_the_rest() -> None:
    nothing = send(program(), "POST", SERVICES, body(providerId="nope", builderId="nope", team="Shop", stackId="a/b"))
    also_wrong = send(program(), "POST", SERVICES, body(team="Shop", providerConfig={}))

    assert nothing.status_code == also_wrong.status_code == 422
    assert errors(nothing) == dict.fromkeys(["/providerId", "/builderId", "/team", "/stackId"], "reference")
    assert errors(also_wrong) == {"/team": "reference", "/providerConfig/files": "required"}


def test_shape_is_judged_first_and_unknown_members_are_errors() -> None:
    wrong = {"name": 5, "more": 1, "providerConfig": [], "secrets": {"a b": "x", "ok": ""}}

    answer = send(program(), "POST", SERVICES, wrong)

    assert answer.status_code == 400
    assert errors(answer) == {
        "/name": "type",
        "/more": "additionalProperties",
        "/providerConfig": "type",
        "/secrets": "pattern",
        "/secrets/ok": "minLength",
        "/targetId": "required",
    }


def test_target_that_is_not_here_is_named_and_a_major_may_be() -> None:
    client = program()

    nowhere = send(client, "POST", SERVICES, body(targetId="nowhere"))
    exact = send(client, "POST", SERVICES, body(targetId="directory@1"))

    assert (nowhere.status_code, errors(nowhere)) == (422, {"/targetId": "backend_missing"})
    assert (exact.json()["targetId"], exact.json()["targetBackend"]) == ("directory", "directory@1")


def test_pair_that_the_provider_excludes_is_refused() -> None:
    save("provider", {**_document("providers/source/inline"), "incompatible_builders": ["static"]})
    publish()

    answer = send(program(), "POST", SERVICES, body())

    assert (answer.status_code, errors(answer)) == (422, {"/builderId": "incompatible_builder"})


@pytest.mark.parametrize("state", ["disabled", "removed"])
def test_provider_that_takes_no_new_services_is_refused_and_an_old_service_goes_on(state: str) -> None:
    before = create(program(), "before")
    gone = {"state": state, "since": "2026-01-01", "reason": "Over"}
    save("provider", {**_document("providers/source/inline"), "lifecycle": gone})
    publish()

    answer = send(program(), "POST", SERVICES, body())
    changed = send(program(), "PATCH", before, {"environment": "staging"}, If_Match='"1"')

    assert (answer.status_code, errors(answer)) == (422, {"/providerId": f"entry_{state}"})
    assert changed.status_code == 200


def test_stack_gives_its_builder_and_its_only_provider() -> None:
    said = {"builder": "static", "providers": {"source": ["inline"]}}
    save("stack", stack_document("page", **said))
    publish()

    answer = send(program(), "POST", SERVICES, body(providerId=None, builderId=None, stackId="page"))

    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["providerId"], shown["builderId"], shown["stackId"]) == ("inline", "static", "foundation/page")


def test_stack_that_leaves_a_choice_asks_and_one_of_several_must_be_named() -> None:
    save("stack", stack_document("page"))
    save("stack", stack_document("page", category="templates"))
    publish()
    client = program()

    neither = send(client, "POST", SERVICES, body(providerId=None, builderId=None, stackId="foundation/page"))
    several = send(client, "POST", SERVICES, body(stackId="page"))

    assert errors(neither) == {"/providerId": "required", "/builderId": "required"}
    assert (several.status_code, errors(several)) == (422, {"/stackId": "ambiguous"})
    assert "foundation/page, templates/page" in several.json()["errors"][0]["message"]


def test_team_is_ones_only_one_or_is_asked_for() -> None:
    both = make_person("both", "Deployer", "Web", "Shop")
    none = make_person("none", "Deployer")
    boss = make_person("boss", "Administrator")

    asked = send(program(both), "POST", SERVICES, body("a"))
    named = send(program(both), "POST", SERVICES, body("a", team="Shop"))
    teamless = send(program(none), "POST", SERVICES, body("b"))
    everybodys = send(program(boss), "POST", SERVICES, body("c"))
    of_another = send(program(boss), "POST", SERVICES, body("d", team="Shop"))
    given_up = send(program(both), "PATCH", named.headers["Location"], {"team": None}, If_Match='"1"')

    assert (refusal(asked), "Shop, Web" in asked.json()["errors"][0]["message"]) == (
        (422, [("/team", "required")]),
        True,
    )
    assert named.json()["team"] == of_another.json()["team"] == "Shop"
    assert refusal(teamless) == (422, [("/team", "required")])
    assert (everybodys.status_code, everybodys.json()["team"]) == (201, None)
    assert refusal(given_up) == (403, [])


def _document(key: str) -> dict[str, Any]:
    latest = Provider.objects.get(key=key).latest_revision
    assert latest is not None
    return dict(latest.document)

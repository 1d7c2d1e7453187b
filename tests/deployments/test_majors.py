"""Two majors of one backend: side by side, from one to the next, and back to what the older one made."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from deployments.actions.requests import request_rollback
from deployments.configs.majors import upgrade_config
from deployments.contract import Backend, PermanentError
from deployments.models import Deployment, Service
from deployments.sources import get_source
from deployments.targets import get_target
from tests.deployments.fakes import NextSource, Script
from tests.deployments.runs import attempt, make_fake_service, run

OLDER, NEWER = ({f"{kind}_backend": f"fake@{major}" for kind in ("source", "build", "target")} for major in (1, 2))


def majors_of(deployment: Deployment) -> dict[str, str]:
    return {kind: each["backend"] for kind, each in deployment.backends.items()}


@pytest.fixture
def pair(script: type[Script]) -> dict[str, Backend]:
    """The arguments of an upgrade."""
    return {"older": get_source("fake@1"), "newer": get_source("fake@2")}


@pytest.mark.usefixtures("in_process")
def test_two_services_use_two_majors_side_by_side(script: type[Script]) -> None:
    stays = make_fake_service("stays", **OLDER, source_config={"text": "old"})
    moves = make_fake_service("moves", **NEWER, source_config={"body": "new"})

    ran = [run(each) for each in (stays, moves, stays)]

    assert [(each.state, each.error_message) for each in ran] == [("succeeded", "")] * 3
    assert script.live == ["old", "new", "old"]
    assert [set(majors_of(each).values()) for each in ran] == [{"fake@1"}, {"fake@2"}, {"fake@1"}]
    assert [each.backends["source"]["version"] for each in ran] == ["1.2.3", "2.0.0", "1.2.3"]


@pytest.mark.usefixtures("in_process")
def test_config_of_one_major_is_none_of_the_other(script: type[Script]) -> None:
    deployment = run(make_fake_service(**NEWER, source_config={"text": "old"}))

    assert (deployment.state, deployment.error_kind, script.done) == ("failed", "permanent", [])
    assert "source/body: This is required." in deployment.error_message


@pytest.mark.usefixtures("in_process")
def test_service_moves_with_its_config_and_rolls_back_to_the_older_one(
    script: type[Script], pair: dict[str, Backend]
) -> None:
    service = make_fake_service()
    first = run(service)
    config = upgrade_config(service.source_config, **pair)
    Service.objects.update(**NEWER, source_config=config)
    moved = run(Service.objects.get())

    back = attempt(request_rollback(Service.objects.get(), to=first, by=None))

    assert [(each.state, each.error_message) for each in (moved, back)] == [("succeeded", "")] * 2
    assert (set(majors_of(moved).values()), majors_of(back)) == ({"fake@2"}, {"target": "fake@1"})
    assert script.live == ["one", "one", "one"]


def test_newer_one_is_asked_about_a_copy_of_a_valid_config(script: type[Script], pair: dict[str, Backend]) -> None:
    config = {"text": "one"}

    upgraded = upgrade_config(config, **pair)

    assert (upgraded, script.asked, config) == ({"body": "one"}, [{"text": "one"}], {"text": "one"})
    assert script.asked[0] is not config


def test_newer_one_is_not_asked_about_what_is_not_valid(script: type[Script], pair: dict[str, Backend]) -> None:
    with pytest.raises(PermanentError, match=r"^This is no config of fake@1: /text: ") as caught:
        upgrade_config({"text": 7}, **pair)

    assert (caught.value.hint, script.asked) == ("Correct the config first.", [])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({}, "This is no config of fake@2: /body: This is required."),
        (KeyError("text"), "fake@2 cannot upgrade this config: KeyError('text')."),
        (None, "fake@2 cannot upgrade this config: TypeError"),
    ],
)
def test_upgrade_that_goes_wrong_is_the_newer_ones(
    made: Any, message: str, pair: dict[str, Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(self: NextSource, config: Mapping[str, Any]) -> Any:
        if isinstance(made, Exception):
            raise made
        return made

    monkeypatch.setattr(NextSource, "upgrade", upgrade)

    with pytest.raises(PermanentError) as caught:
        upgrade_config({"text": "one"}, **pair)

    assert str(caught.value).startswith(message)
    assert caught.value.hint == "Stay with fake@1 and tell whoever wrote fake@2."


def test_majors_that_do_not_follow_each_other_are_refused(script: type[Script], pair: dict[str, Backend]) -> None:
    for older, newer in (
        (pair["newer"], pair["older"]),
        (pair["older"], pair["older"]),
        (get_target("null@1"), pair["newer"]),
    ):
        with pytest.raises(PermanentError, match="does not follow"):
            upgrade_config({}, older=older, newer=newer)

    assert script.asked == []


def test_command_lists_both(script: type[Script]) -> None:
    shown, told = StringIO(), StringIO()

    call_command("backends", stdout=shown)
    call_command("backends", "--json", stdout=told)

    lines = [line.split()[:2] for line in shown.getvalue().splitlines() if line.startswith("  fake@")]
    assert lines == [
        ["fake@1", "1.2.3"], ["fake@2", "2.0.0"], ["fake@1", "1.0.0"], ["fake@2", "2.1.0"], ["fake@1", "1.0.0"],
        ["fake@2", "2.0.3"],
    ]  # fmt: skip
    schemas = {row["backend"]: row["schema"] for row in json.loads(told.getvalue())["sources"]}
    assert (list(schemas["fake@1"]["properties"]), list(schemas["fake@2"]["properties"])) == (["text"], ["body"])

"""Two majors of one backend: side by side, from one to the next, and back to what the older one made."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from deployments.actions.requests import request_rollback
from deployments.models import Deployment, Service
from deployments.sources import get_source
from tests.deployments.fakes import Script
from tests.deployments.runs import attempt, make_fake_service, run

OLDER, NEWER = ({f"{kind}_backend": f"fake@{major}" for kind in ("source", "build", "target")} for major in (1, 2))


def majors_of(deployment: Deployment) -> dict[str, str]:
    return {kind: each["backend"] for kind, each in deployment.backends.items()}


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
def test_service_moves_with_its_config_and_rolls_back_to_the_older_one(script: type[Script]) -> None:
    service = make_fake_service()
    first = run(service)
    Service.objects.update(**NEWER, source_config=get_source("fake@2").upgrade(service.source_config))
    moved = run(Service.objects.get())

    back = attempt(request_rollback(Service.objects.get(), to=first, by=None))

    assert [(each.state, each.error_message) for each in (moved, back)] == [("succeeded", "")] * 2
    assert (set(majors_of(moved).values()), majors_of(back)) == ({"fake@2"}, {"target": "fake@1"})
    assert script.live == ["one", "one", "one"]


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

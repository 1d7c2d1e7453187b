"""Targets as programs see them."""

import pytest

from deployments.api.targets.ids import id_of, spec_of
from deployments.targets import TARGETS
from tests.catalog.api.write.programs import refusal
from tests.deployments.api.programs import TARGETS as AT
from tests.deployments.api.programs import program
from tests.deployments.fakes import Script
from tests.deployments.people import make_person

pytestmark = pytest.mark.django_db


def test_every_target_is_listed_with_what_it_takes() -> None:
    targets = {target["id"]: target for target in program().get(AT).json()}

    assert {"directory", "null", "oci-registry", "s3"} <= targets.keys()
    assert targets["directory"]["backend"] == "directory@1"
    assert (targets["directory"]["accepts"], targets["oci-registry"]["accepts"]) == (["site"], ["image"])


def test_schema_has_hints_for_forms_by_either_name() -> None:
    client = program()

    by_key, by_spec = client.get(f"{AT}/directory/schema"), client.get(f"{AT}/directory@1/schema")

    assert by_key.headers["Content-Type"] == "application/schema+json"
    assert by_key.json() == by_spec.json()
    assert by_key.json()["properties"]["folder"]["x-widget"] == "text"
    assert "folder" in by_key.json()["x-order"]
    assert client.get(f"{AT}/directory/schema", headers={"If-None-Match": by_key.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["nope", "directory@9", "@", "%00", "x" * 3000])
def test_what_is_no_target_is_not_there(name: str) -> None:
    assert refusal(program().get(f"{AT}/{name}/schema")) == (404, [])


def test_parameters_are_refused_and_others_may_not_look() -> None:
    editor = make_person("editor", "Editor")

    assert program().get(f"{AT}?x=1").status_code == 400
    assert program(editor, "entries:read").get(AT).status_code == 403


def test_one_that_is_broken_is_left_out(script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.deployments.fakes.FakeTarget.__init__", lambda self: 1 / 0)

    client = program()

    assert "fake" not in {target["id"] for target in client.get(AT).json()}
    assert refusal(client.get(f"{AT}/fake/schema")) == (404, [])


def test_key_means_the_newest_major(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TARGETS, "specs", lambda: ["ftp@10", "ftp@2", "ftp@9", "odd", "s3@1"])

    assert (spec_of("ftp"), spec_of("ftp@2"), spec_of("odd"), spec_of("nope")) == ("ftp@10", "ftp@2", "odd", "nope")
    assert (id_of("ftp@10"), id_of("ftp@2"), id_of("gone@1")) == ("ftp", "ftp@2", "gone@1")

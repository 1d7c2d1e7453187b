"""Choosing other parts of a service on the page of its settings."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from deployments.actions.services.drafts import draft_of
from deployments.actions.services.saving import change_service
from deployments.models import BackendKind, Connection, Service
from tests.catalog.admin.pages import differing
from tests.deployments.admin.services.forms import (
    STATIC_SCHEMA,
    page_of,
    refill,
    told,
)
from tests.deployments.admin.services.parts import BECAUSE, fields_of, offered
from tests.factories import builder_document, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(changing: Service) -> Service:
    return changing


@pytest.fixture
def client(changer: Client) -> Client:
    return changer


def test_another_builder_is_one_revision_and_all_else_stays(
    client: Client, service: Service, edit: dict[str, Any]
) -> None:
    typed = {**edit, "builder": "command", "target/folder": "typed", "build/exclude": "drafts"}

    page = client.post(page_of(service, "edit"), {**typed, "swap": "builder"})

    (swap,) = [part.swap for part in page.context["parts"] if part.swap]
    assert (swap.before, swap.after, swap.kept, swap.left) == (
        "Static", "Command", ["Published folder"], ["Exclude"],
    )  # fmt: skip
    assert told(page) == {}
    assert Service.objects.get().builder == service.builder
    fields = fields_of(page)
    assert (fields["target/folder"], fields["build/outputFolder"], fields["source/files/0"]) == (
        ["typed"], ["public"], ["<h1>Hello</h1>"],
    )  # fmt: skip
    client.post(page_of(service, "edit"), {**fields, "build/sourceFolder": "plain", "do": "save"})
    service.refresh_from_db()
    assert (service.builder.slug, service.build_backend, service.build_config) == (
        "command", "command@1", {"outputFolder": "public", "sourceFolder": "plain"},
    )  # fmt: skip
    assert (service.source_config, service.target_config) == (
        {"files": {"index.html": "<h1>Hello</h1>"}}, {"folder": "typed"},
    )  # fmt: skip
    assert service.latest_revision is not None
    assert (service.latest_revision.number, service.latest_revision.change_note) == (2, "Other parts")


def test_part_that_comes_back_has_what_was_typed(client: Client, service: Service, edit: dict[str, Any]) -> None:
    away = client.post(page_of(service, "edit"), {**edit, "builder": "command", "build/exclude": "drafts"})
    back = client.post(
        page_of(service, "edit"), {**fields_of(away), "builder": "static", "build/sourceFolder": "plain"}
    )
    again = client.post(page_of(service, "edit"), {**fields_of(back), "builder": "command"})

    assert fields_of(back)["build/exclude"] == ["drafts"]
    assert "Its settings are as you left them." in back.content.decode()
    assert fields_of(again)["build/sourceFolder"] == ["plain"]


def test_secret_of_a_part_that_comes_back_is_asked_for_once_more(
    client: Client, service: Service, edit: dict[str, Any]
) -> None:
    bucket = client.post(page_of(service, "edit"), {**edit, "target": "s3@1"})
    typed = {**fields_of(bucket), "target/bucket": "pages", "target/secretAccessKey": "hush-hush"}
    away = client.post(page_of(service, "edit"), {**typed, "target": "directory@1"})
    back = client.post(page_of(service, "edit"), {**fields_of(away), "target": "s3@1"})

    assert "hush" not in away.content.decode() + back.content.decode()
    fields = fields_of(back)
    assert (fields["target/bucket"], fields["target/secretAccessKey"]) == (["pages"], [""])
    assert fields["target/secretAccessKey~again"] == ["on"]


def test_save_with_another_part_asks_for_its_settings_first(
    client: Client, service: Service, edit: dict[str, Any]
) -> None:
    page = client.post(page_of(service, "edit"), {**edit, "target": "s3@1", "do": "save"})

    service.refresh_from_db()
    assert (service.target_backend, "target/bucket" in fields_of(page)) == ("directory@1", True)
    assert "Nothing is saved yet" in page.content.decode()


def test_only_what_fits_is_offered_with_what_it_is_now(client: Client, service: Service, edit: dict[str, Any]) -> None:
    now = client.get(page_of(service, "edit"))
    hugo = client.post(page_of(service, "edit"), {**edit, "builder": "hugo"})
    zips = client.post(page_of(service, "edit"), {**fields_of(hugo), "provider": "zips"})

    assert offered(now, BackendKind.BUILD) == ["command", "hugo", "static"]
    assert offered(now, BackendKind.TARGET) == ["directory@1", "null@1", "s3@1"]
    # What is chosen and does not fit is there, so that one sees it.
    assert offered(zips, BackendKind.BUILD) == ["hugo", "command", "static"]
    assert told(zips) == {"builder": ["Hugo does not work with Archive here."]}


def test_part_that_does_not_fit_is_told_at_its_choice_and_not_saved(
    client: Client, service: Service, edit: dict[str, Any]
) -> None:
    sent = {**edit, "target": "oci-registry@1", "drawn/target": "oci-registry@1", "do": "save"}

    page = client.post(page_of(service, "edit"), sent)

    assert told(page)["target_part"] == ["Container registry takes no site, which is what Static files makes."]
    assert 'href="#id_target_part"' in page.content.decode()
    assert Service.objects.get().latest_revision == service.latest_revision


@pytest.mark.parametrize(("part", "value"), [("provider", "none"), ("builder", "x" * 5000), ("target", "")])
def test_part_that_there_is_not_is_told_at_its_choice(
    part: str, value: str, client: Client, service: Service, edit: dict[str, Any]
) -> None:
    page = client.post(page_of(service, "edit"), {**edit, part: value, "do": "save"})

    assert told(page)["target_part" if part == "target" else part] == ["What was chosen is not offered."]
    assert fields_of(page)["source/files/0"] == ["<h1>Hello</h1>"]


def test_backend_that_is_not_here_is_no_target(client: Client, service: Service, edit: dict[str, Any]) -> None:
    page = client.post(page_of(service, "edit"), {**edit, "target": "<b>@1", "drawn/target": "<b>@1", "do": "save"})

    assert told(page)["target_part"][0].startswith("<b>@1 is not installed here.")
    assert "<b>@1" not in page.content.decode()


def test_stale_edit_of_a_part_shows_both(client: Client, service: Service, edit: dict[str, Any]) -> None:
    hugo = fields_of(client.post(page_of(service, "edit"), {**edit, "builder": "command"}))
    theirs = replace(draft_of(Service.objects.get()), target_config={"folder": "theirs"})
    change_service(service, theirs, BECAUSE, expected_revision=None)

    page = client.post(page_of(service, "edit"), {**hugo, "do": "save"})
    client.post(page_of(service, "edit"), {**fields_of(page), "over": "2", "do": "save"})

    assert differing(page.context["conflict"].rows) == [
        ("/builderBackend", "static@1", "command@1"), ("/builderId", "static", "command"),
        ("/targetConfig/folder", "theirs", "site"),
    ]  # fmt: skip
    service.refresh_from_db()
    assert (service.builder.slug, service.target_config) == ("command", {"folder": "site"})


def test_check_shows_what_saving_would_change(client: Client, service: Service, edit: dict[str, Any]) -> None:
    same = client.post(page_of(service, "edit"), {**edit, "do": "check"})
    other = client.post(page_of(service, "edit"), {**edit, "target/folder": "other", "do": "check"})

    assert "Nothing: it is as it is saved." in same.content.decode()
    assert differing(other.context["changes"]) == [("/targetConfig/folder", "site", "other")]
    assert "What saving would change" in other.content.decode()


def test_version_that_the_service_has_stays_with_its_source(client: Client, service: Service) -> None:
    save("builder", builder_document("static", backend="static@2", config_schema=STATIC_SCHEMA))
    publish()
    sent = refill(client, page_of(service, "edit"), **{"change_note": "x", "target/folder": "other", "do": "save"})

    client.post(page_of(service, "edit"), sent)

    service.refresh_from_db()
    assert (service.build_backend, service.target_config) == ("static@1", {"folder": "other"})


def test_connection_is_chosen_and_taken_back(client: Client, service: Service) -> None:
    Connection.objects.create(kind="source", backend="inline@1", name="near", labels={"zone": "eu"})
    there = refill(client, page_of(service, "edit"), change_note="Near", do="save")
    zone = {"routing/source/labels~rows": ["0"], "routing/source/labels/0~key": "zone", "routing/source/labels/0": "eu"}

    client.post(page_of(service, "edit"), {**there, "routing/source/connection": "near", **zone})
    service.refresh_from_db()
    chosen = service.routing
    kept = refill(client, page_of(service, "edit"), change_note="Any", do="save")
    client.post(page_of(service, "edit"), {**kept, "routing/source/connection": "", "routing/source/labels~rows": []})

    assert chosen == {"source": {"connection": "near", "labels": {"zone": "eu"}}}
    assert kept["routing/source/connection"] == ["near"]
    service.refresh_from_db()
    assert service.routing == {}
    assert "routing/build/connection" not in there


def test_connection_that_is_gone_is_told_at_its_field(client: Client, service: Service) -> None:
    Service.objects.update(routing={"source": {"connection": "near"}})

    sent = refill(client, page_of(service, "edit"), change_note="x", do="save")
    page = client.post(page_of(service, "edit"), sent)

    assert told(page) == {"routing/source/connection": ["There is no such connection: 'near'."]}
    assert 'href="#f:routing%2Fsource%2Fconnection"' in page.content.decode()

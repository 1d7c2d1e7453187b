"""Builders that are proposed on the page of settings: for files that are here, and for what a deployer looks at."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from deployments.actions.services.saving import create_service
from deployments.models import Look, LookState, Secret, Service
from tests.catalog.admin.html import Page
from tests.deployments.admin.services.forms import CHOSEN, FILLED, NEW, make_catalogue, page_of, refill, settings_form
from tests.deployments.admin.services.parts import BECAUSE
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, team
from tests.factories import builder_document, provider_document, publish, save

pytestmark = pytest.mark.django_db
HUGO_SCHEMA = {
    "type": "object",
    "properties": {"sourceFolder": {"type": "string", "title": "Folder of the site"}, "minify": {"type": "boolean"}},
}
GIT = {**CHOSEN, "provider": "git", "change_note": "First", "drawn/source": "git", "drawn/build": "static",
       "drawn/target": "directory@1", "source/url": "https://example.com/web/site.git"}  # fmt: skip
FOUND = [[{"spec": "hugo@1", "confidence": 5, "reason": "There is a <hugo.toml>.", "config": {"sourceFolder": "site"}}]]


@pytest.fixture
def client() -> Client:
    make_catalogue()
    save("builder", builder_document("hugo", backend="hugo@1", config_schema=HUGO_SCHEMA))
    git = {"provider_type": "source", "cms_type": None, "source_type": "repository", "backend": "git@1"}
    save("provider", provider_document("git", **git))
    publish()
    browser = Client()
    browser.force_login(deployer())
    return browser


def fields_of(answer: Any) -> dict[str, list[str]]:
    return settings_form(answer.content.decode()).fields


def end(look: Look, **values: Any) -> None:
    """As a deployer ends it."""
    Look.objects.filter(pk=look.pk).update(finished_at=timezone.now(), **values)


def order_of(answer: Any) -> list[tuple[str, str]]:
    return [(offer.value, offer.why) for offer in answer.context["choice"].offers]


def test_files_that_are_here_are_looked_at_at_once(client: Client) -> None:
    sent = {**FILLED, "drawn/build": "static", "source/files/0~key": "hugo.toml", "source/files/0": "title='x'"}

    page = client.post(NEW, {**sent, "suggest": "on"})

    assert order_of(page)[0] == ("hugo", "Certainly: There are settings of Hugo.")
    fields = fields_of(page)
    # It is chosen, and its settings come when that is sent.
    assert (fields["builder"], fields["drawn/build"], fields["source/files/0~key"]) == (
        ["hugo"],
        ["static"],
        ["hugo.toml"],
    )
    used = client.post(NEW, {**fields, "do": "save"})
    assert (fields_of(used)["drawn/build"], fields_of(used)["build/sourceFolder"]) == (["hugo"], ["."])
    assert "Found in your source: <bdi>Folder of the site</bdi>" in used.content.decode()
    assert (Service.objects.exists(), Look.objects.exists()) == (False, False)


@pytest.mark.parametrize("changes", [{}, {"source/files~rows": "0", "source/files/0": "x"}])
def test_nothing_is_proposed_for_a_source_that_is_not_filled_in(changes: dict[str, str], client: Client) -> None:
    page = client.post(NEW, {**CHOSEN, "change_note": "First", "suggest": "on", **changes})

    assert page.context["suggestion"].message.startswith("Fill in the source first:")


def test_other_sources_are_looked_at_by_a_deployer_while_the_page_waits(client: Client) -> None:
    secret = {"source/token": "hush-hush", "source/token~secret": "on"}
    page = client.post(NEW, {**GIT, **secret, "suggest": "on"})

    look = Look.objects.get()
    assert (look.state, look.source_config["url"]) == (LookState.WAITING, "https://example.com/web/site.git")
    content = page.content.decode()
    assert f'data-look="/admin/services/suggestions/{look.pk}/?builder=static"' in content
    assert ("suggest", str(look.pk)) in settings_form(content).buttons
    assert "hush" not in content
    assert Secret.objects.filter(look=look).exists() == ("token" in look.source_config)
    assert not Service.objects.exists()


def test_page_without_a_script_sees_what_was_found(client: Client) -> None:
    waiting = fields_of(client.post(NEW, {**GIT, "suggest": "on"}))
    look = Look.objects.get()
    again = client.post(NEW, {**waiting, "suggest": str(look.pk)})
    end(look, state=LookState.FOUND, suggestions=FOUND)

    page = client.post(NEW, {**fields_of(again), "suggest": str(look.pk)})

    assert again.context["suggestion"].is_pending
    assert order_of(page) == [("hugo", "Certainly: There is a <hugo.toml>."), ("static", "")]
    fields = fields_of(page)
    assert (fields["builder"], fields["look"]) == (["hugo"], [str(look.pk)])
    assert "<hugo.toml>" not in page.content.decode()
    used = client.post(NEW, {**fields, "swap": "builder"})
    assert fields_of(used)["build/sourceFolder"] == ["site"]
    assert "look" not in fields_of(used)


def test_script_gets_the_part_of_the_page(client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    look = Look.objects.get()
    address = f"/admin/services/suggestions/{look.pk}/?builder=static"
    waiting = client.get(address).content.decode()
    end(look, state=LookState.FOUND, suggestions=FOUND)

    found = client.get(address).content.decode()

    assert ("data-look" in waiting, "data-look" in found) == (True, False)
    assert "Certainly Hugo: There is a &lt;hugo.toml&gt;." in found
    assert 'value="hugo" checked' in found
    assert "It is chosen below" in found


def test_person_who_chooses_another_one_is_not_overruled(client: Client) -> None:
    waiting = fields_of(client.post(NEW, {**GIT, "suggest": "on"}))
    end(Look.objects.get(), state=LookState.FOUND, suggestions=FOUND)

    checked = client.post(NEW, {**waiting, "do": "check"})

    # It is said which fits; what was chosen stays chosen.
    assert order_of(checked)[0][0] == "hugo"
    assert fields_of(checked)["builder"] == ["static"]


def test_what_fails_is_told_with_its_hint_and_the_builders_are_there(client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    look = Look.objects.get()
    end(
        look, state=LookState.FAILED, error_kind="permanent", error_message="No <b>such</b> branch.", error_hint="Look."
    )

    page = client.get(f"/admin/services/suggestions/{look.pk}/?builder=static").content.decode()

    assert "No &lt;b&gt;such&lt;/b&gt; branch." in page
    assert "Look." in page
    assert ('value="static" checked' in page, 'value="hugo"' in page) == (True, True)


@pytest.mark.parametrize(("confidence", "chosen"), [(5, "static"), (1, "hugo")])
def test_builder_that_fits_as_well_stays_chosen(confidence: int, chosen: str, client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    look = Look.objects.get()
    static = [{"spec": "static@1", "confidence": confidence, "reason": "There is a start page.", "config": {}}]
    end(look, state=LookState.FOUND, suggestions=[*FOUND, static])

    page = client.get(f"/admin/services/suggestions/{look.pk}/?builder=static").content.decode()

    assert f'value="{chosen}" checked' in page


def test_unknown_files_are_told(client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    look = Look.objects.get()
    end(look, state=LookState.FOUND, suggestions=[])

    page = client.get(f"/admin/services/suggestions/{look.pk}/?builder=static")

    assert page.context["suggestion"].message.startswith("No builder that is offered here recognizes these files.")


def test_look_under_way_of_a_deployer_is_told(client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    later = timezone.now() + timedelta(minutes=1)
    Look.objects.update(state=LookState.LOOKING, lease=uuid4(), lease_expires_at=later)

    page = client.post(NEW, {**GIT, "source/url": "https://example.com/other.git", "suggest": "on"})

    assert "wait until it has ended" in page.context["suggestion"].message


def test_source_that_is_wrong_is_told_before_anybody_looks(client: Client) -> None:
    page = client.post(NEW, {**GIT, "source/url": "no address", "suggest": "on"})

    assert page.context["suggestion"].message.startswith("Fill in the source first:")
    assert not Look.objects.exists()


def test_service_that_is_there_is_looked_at_with_its_secrets(client: Client) -> None:
    service = create_service(make_draft("site"), BECAUSE)
    sent = refill(client, page_of(service, "edit"), provider="git")
    git = fields_of(client.post(page_of(service, "edit"), sent))

    client.post(page_of(service, "edit"), {**git, "source/url": "https://example.com/site.git", "suggest": "on"})

    assert Look.objects.get().service == service


@pytest.mark.parametrize("look", ["x", "here", "00000000-0000-4000-8000-000000000000"])
def test_look_that_there_is_not_says_nothing(look: str, client: Client) -> None:
    page = client.post(NEW, {**GIT, "look": look, "do": "check"})

    assert page.status_code == 200
    assert not (page.context["suggestion"] and page.context["suggestion"].found)


def test_looks_of_others_do_not_exist(client: Client) -> None:
    client.post(NEW, {**GIT, "suggest": "on"})
    address = f"/admin/services/suggestions/{Look.objects.get().pk}/?builder=static"
    other = Client()
    other.force_login(deployer("other"))

    assert [each.get(address).status_code for each in (client, other, Client())] == [200, 404, 302]
    assert client.get(address.replace("static", "none")).status_code == 404
    assert team("Web")
    assert Page(client.get(address).content.decode())

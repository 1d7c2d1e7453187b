"""Making a service in the admin: what is offered, what is said of mistakes, and what is written."""

import re
from typing import Any

import pytest
from django.test import Client

from deployments.models import Deployment, Secret, Service
from tests.catalog.admin.html import Page
from tests.catalog.admin.pages import messages
from tests.deployments.admin.services.forms import CHOSEN, FILLED, NEW, make_catalogue, settings_form, told
from tests.deployments.drafts import INLINE
from tests.deployments.people import deployer, make_person
from tests.factories import builder_document, provider_document, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    make_catalogue()
    browser = Client()
    browser.force_login(deployer())
    return browser


def choices(page: Any, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', page.content.decode())


def test_first_page_asks_for_names_and_source(client: Client) -> None:
    page = client.get(NEW)

    assert choices(page, "provider") == ["inline"]
    assert (choices(page, "builder"), choices(page, "target")) == ([], [])
    # Somebody of one team need not choose it.
    assert page.context["typed"]["team"] == "Web"


def test_only_what_fits_is_offered(client: Client) -> None:
    upload = {**INLINE, "source_type": "archive", "backend": "upload@1", "category": "source_code_provider"}
    save("provider", provider_document("zips", **upload, incompatible_builders=["hugo"]))
    publish()

    assert choices(client.get(NEW, {"step": "1", "provider": "inline", "name": "x"}), "builder") == ["hugo", "static"]
    assert choices(client.get(NEW, {"step": "1", "provider": "zips", "name": "x"}), "builder") == ["static"]


def test_disabled_is_not_offered_and_deprecated_is_marked(client: Client) -> None:
    old = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}
    save("builder", builder_document("static", lifecycle=old))
    save("builder", builder_document("hugo", backend="hugo@1", lifecycle={**old, "state": "disabled"}))
    publish()

    page = client.get(NEW, {"step": "1", "provider": "inline", "name": "x"})

    assert [(each.value, each.is_deprecated) for each in page.context["builders"]] == [("static", True)]


def test_draft_of_a_builder_is_not_offered(client: Client) -> None:
    save("builder", builder_document("jekyll", backend="jekyll@1"))

    page = client.get(NEW, {"step": "1", "provider": "inline", "name": "x"})

    assert [each.value for each in page.context["builders"]] == ["hugo", "static"]


def test_missing_backend_is_said_and_cannot_be_chosen(client: Client) -> None:
    save("builder", builder_document("hugo", backend="gone@1"))
    publish()

    page = client.get(NEW, {"step": "1", "provider": "inline", "name": "x"})

    (hugo,) = [each for each in page.context["builders"] if each.value == "hugo"]
    assert hugo.problem.startswith("It cannot be used here: There is no 'gone@1'")


def test_stack_says_how_it_is_built(client: Client) -> None:
    page = client.get(NEW, {"step": "1", "stack": "foundation/brochure", "provider": "inline", "name": "x"})

    assert [each.value for each in page.context["builders"]] == ["static"]
    assert page.context["builder"] == "static"
    # A website is no image.
    assert [each.value for each in page.context["targets"]] == ["directory@1", "null@1", "s3@1"]


def test_source_that_a_stack_is_not_meant_for_is_told_and_all_are_there_to_choose_from(client: Client) -> None:
    upload = {**INLINE, "source_type": "archive", "backend": "upload@1", "category": "source_code_provider"}
    save("provider", provider_document("zips", **upload, display_name="Archive here"))
    publish()

    page = client.get(NEW, {"step": "1", "stack": "foundation/brochure", "provider": "zips", "name": "x"})

    assert told(page) == {"provider": ["Brochure is not meant for Archive here. Choose Files here, or no stack."]}
    assert choices(page, "provider") == ["zips", "inline"]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"provider": ""}, {"provider": ["Choose where the source comes from."]}),
        ({"provider": "github"},
         {"provider": ["Choose where the source comes from. What was chosen is not offered."]}),
        ({"target": ""}, {"target_part": ["Choose where it goes."]}),
        ({"target": "oci-registry@1"},
         {"target_part": ["Container registry takes no site, which is what Static files makes."]}),
        ({"name": ""}, {"name": ["Name it, in one line of up to 100 characters."]}),
        ({"environment": "Big One"},
         {"environment": ["Use up to 40 lower-case letters and digits, words joined by hyphens."]}),
        ({"team": "Shop"}, {"team": ["Choose a team that you belong to."]}),
        ({"stack": "templates/gone"}, {"stack": ["This stack is not offered any more."]}),
    ],
)  # fmt: skip
def test_mistake_in_the_choice_is_said_at_its_place(client: Client, changes: Any, errors: Any) -> None:
    found = told(client.get(NEW, {"step": "2", **CHOSEN, **changes}))

    assert {name: found.get(name) for name in errors} == errors


def test_settings_are_forms_of_the_schemas(client: Client) -> None:
    page = client.get(NEW, {"step": "2", **CHOSEN})

    fields = settings_form(page.content.decode()).fields
    assert {"source/files/0~key", "source/files/0", "build/outputFolder", "build/exclude", "target/folder"} <= set(
        fields
    )
    assert fields["builder"] == ["static"]


def test_check_saves_nothing(client: Client) -> None:
    page = client.post(NEW, {**FILLED, "do": "check"})

    assert page.context["is_checked"]
    assert not Service.objects.exists()


def test_service_is_made(client: Client) -> None:
    answer = client.post(NEW, {**FILLED, "do": "save"}, follow=True)

    service = Service.objects.get()
    assert answer.redirect_chain[-1][0] == f"/admin/services/{service.pk}/"
    assert messages(answer) == ["Spring (production) is made."]
    assert (service.source_config, service.build_config, service.target_config) == (
        {"files": {"index.html": "<h1>Hello</h1>"}}, {}, {"folder": "spring"},
    )  # fmt: skip
    assert str(service.team) == "Web"
    assert service.latest_revision is not None
    assert service.latest_revision.change_note == "First"
    assert not Deployment.objects.exists()


def test_service_is_made_and_deployed(client: Client) -> None:
    answer = client.post(NEW, {**FILLED, "do": "deploy"}, follow=True)

    deployment = Deployment.objects.get()
    assert answer.redirect_chain[-1][0] == f"/admin/deployments/{deployment.pk}/"


def test_form_sent_twice_makes_one_service(client: Client) -> None:
    client.post(NEW, {**FILLED, "do": "save"})
    second = client.post(NEW, {**FILLED, "do": "save"})

    assert told(second) == {"name": ["There is a service Spring (production) already."]}
    assert Service.objects.count() == 1


def test_mistakes_are_said_at_their_inputs_and_nothing_typed_is_lost(client: Client) -> None:
    sent = {**FILLED, "source/files/0~key": "", "target/folder": "UP <b>", "build/exclude": "a\r\nb", "do": "save"}

    page = client.post(NEW, sent)

    assert told(page)["source/files/0~key"] == ["Give it a name."]
    assert "target/folder" in told(page)
    fields = settings_form(page.content.decode()).fields
    assert {name: fields[name] for name in ("source/files/0", "target/folder", "build/exclude", "name")} == {
        "source/files/0": ["<h1>Hello</h1>"], "target/folder": ["UP <b>"], "build/exclude": ["a\r\nb"],
        "name": ["Spring"],
    }  # fmt: skip
    assert "<b>" not in page.content.decode().replace("<bdi>", "")
    assert not Service.objects.exists()


def test_every_mistake_is_linked_from_the_top(client: Client) -> None:
    page = client.post(NEW, {**FILLED, "target/folder": "UP", "do": "save"}).content.decode()

    assert 'href="#f:target%2Ffolder"' in page
    assert 'id="f:target%2Ffolder"' in page


def test_unknown_settings_are_refused(client: Client) -> None:
    page = client.post(NEW, {**FILLED, "target~rest": '{"colour": "red"}', "do": "save"})

    assert "colour" in str(told(page)["target"])
    assert not Service.objects.exists()


def test_rows_are_added_without_a_script(client: Client) -> None:
    page = client.post(NEW, {**FILLED, "add-row": "source/files"})

    fields = settings_form(page.content.decode()).fields
    assert fields["source/files~rows"] == ["0", "1"]
    assert fields["source/files/0"] == ["<h1>Hello</h1>"]
    assert not Service.objects.exists()


def test_characters_that_no_database_keeps_are_left_out(client: Client) -> None:
    client.post(NEW, {**FILLED, "name": "Spr\0ing", "team": "W\0eb", "target/folder": "spr\0ing", "do": "save"})

    service = Service.objects.get()
    assert (service.name, str(service.team), service.target_config) == ("Spring", "Web", {"folder": "spring"})


def test_huge_text_is_answered_in_words(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert client.post(NEW, {**FILLED, "source/files/0": "x" * 5000, "do": "save"}).status_code == 413


def test_text_beyond_the_limit_of_a_source_is_said_at_its_field(client: Client) -> None:
    page = client.post(NEW, {**FILLED, "source/files/0": "x" * 70_000, "do": "save"})

    assert "source/files/0" in told(page) or "source/files" in told(page)


def test_secret_is_kept_with_the_service_and_never_shown(client: Client) -> None:
    sent = {**FILLED, "target": "s3@1", "target/bucket": "pages", "target/accessKeyId": "AKIAEXAMPLE"}
    del sent["target/folder"]
    secret = {"target/secretAccessKey": "hush-hush-hush"}

    checked = client.post(NEW, {**sent, **secret, "do": "check"})
    again = client.post(NEW, {**sent, "target/secretAccessKey~again": "on", "do": "save"})
    client.post(NEW, {**sent, **secret, "do": "save"})

    assert "hush" not in checked.content.decode()
    assert "Type it once more" in checked.content.decode()
    assert told(again)["target/secretAccessKey"] == [
        "Type the value once more; or leave it empty now to do without the new value."
    ]
    service = Service.objects.get()
    assert service.target_config["secretAccessKey"] == {"$secret": "target-secret-access-key"}
    names = ["target-access-key-id", "target-secret-access-key"]
    assert sorted(Secret.objects.values_list("name", flat=True)) == names


def test_who_may_not_make_services_is_refused_and_strangers_sign_in() -> None:
    viewer = Client()
    viewer.force_login(make_person("viewer", "Viewer"))

    assert viewer.get(NEW).status_code == 403
    assert viewer.post(NEW, FILLED).status_code == 403
    assert Client().get(NEW).status_code == 302


def test_page_is_read_as_a_browser_reads_it(client: Client) -> None:
    """What the page of settings holds at first can be sent as it is."""
    form = settings_form(client.get(NEW, {"step": "2", **CHOSEN}).content.decode())

    page = client.post(NEW, {**form.fields, "do": "check"})

    assert set(told(page)) == {"source/files", "target/folder"}
    # What Enter presses.
    assert form.buttons[0] == ("do", "check")
    assert Page(page.content.decode()).forms

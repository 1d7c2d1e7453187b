"""Changing a service in the admin, also while somebody else does."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from catalog.actions.revisions import Change
from catalog.models.history import RevisionSource
from deployments.actions.secrets import set_secret
from deployments.actions.services.drafts import draft_of
from deployments.actions.services.saving import change_service, create_service, remove_service
from deployments.models import Deployment, Service
from tests.catalog.admin.pages import differing, messages
from tests.deployments.admin.services.forms import make_catalogue, page_of, refill, settings_form, told
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, make_person

pytestmark = pytest.mark.django_db
BECAUSE = Change(by=None, note="Because", source=RevisionSource.COMMAND)


@pytest.fixture
def service() -> Service:
    make_catalogue()
    return create_service(make_draft("site"), BECAUSE)


@pytest.fixture
def client(service: Service) -> Client:
    browser = Client()
    browser.force_login(deployer())
    return browser


def change(service: Service, **configs: Any) -> None:
    service = Service.objects.get(pk=service.pk)
    draft = draft_of(service)
    change_service(service, replace(draft, **configs), BECAUSE, expected_revision=None)


def test_form_holds_what_is_saved_and_saving_it_changes_nothing(client: Client, service: Service) -> None:
    answer = client.post(
        page_of(service, "edit"),
        refill(client, page_of(service, "edit"), change_note="Nothing", do="save"),
        follow=True,
    )

    assert messages(answer) == ["Nothing changed."]
    assert Service.objects.get().latest_revision == service.latest_revision


def test_change_is_a_revision_with_its_note(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), **{"target/folder": "other", "change_note": "Moved", "do": "save"})

    answer = client.post(page_of(service, "edit"), sent, follow=True)

    service.refresh_from_db()
    assert messages(answer) == ["Saved as revision 2."]
    assert service.target_config == {"folder": "other"}
    assert service.latest_revision is not None
    assert (service.latest_revision.change_note, str(service.latest_revision.author)) == ("Moved", "deployer")


def test_change_can_be_deployed_at_once(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), change_note="Go", do="deploy")

    answer = client.post(page_of(service, "edit"), sent)

    assert answer.headers["Location"] == f"/admin/deployments/{Deployment.objects.get().pk}/"


def test_note_is_asked_for(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), **{"target/folder": "other", "do": "save"})

    page = client.post(page_of(service, "edit"), sent)

    assert told(page) == {"change_note": ["Say in the change note why this changes."]}


def test_both_versions_are_shown_if_somebody_saved_meanwhile(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), **{"target/folder": "mine", "change_note": "Mine", "do": "save"})
    change(service, target_config={"folder": "theirs"})

    page = client.post(page_of(service, "edit"), sent)

    conflict = page.context["conflict"]
    assert conflict.theirs.number == 2
    assert differing(conflict.rows) == [("/targetConfig/folder", "theirs", "mine")]
    service.refresh_from_db()
    assert service.target_config == {"folder": "theirs"}
    assert settings_form(page.content.decode()).fields["target/folder"] == ["mine"]


def test_who_has_looked_at_both_saves_over_it(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), **{"target/folder": "mine", "change_note": "Mine", "do": "save"})
    change(service, target_config={"folder": "theirs"})

    client.post(page_of(service, "edit"), {**sent, "over": "2"})

    service.refresh_from_db()
    assert service.target_config == {"folder": "mine"}


def test_to_have_looked_at_an_older_one_is_not_enough(client: Client, service: Service) -> None:
    sent = refill(client, page_of(service, "edit"), **{"target/folder": "mine", "change_note": "Mine", "do": "save"})
    change(service, target_config={"folder": "theirs"})
    change(service, target_config={"folder": "newest"})

    page = client.post(page_of(service, "edit"), {**sent, "over": "2"})

    assert page.context["conflict"].theirs.number == 3


def test_stored_secret_stays_unless_a_new_one_is_typed(client: Client, service: Service) -> None:
    for name in ("key-id", "key"):
        set_secret(service, name, "hush-hush")
    bucket = {"bucket": "pages", "accessKeyId": {"$secret": "key-id"}, "secretAccessKey": {"$secret": "key"}}
    change(service, target_backend="s3@1", target_config=bucket)
    before = service.secrets.get(name="key").ciphertext

    page = client.get(page_of(service, "edit")).content.decode()
    kept = {**settings_form(page).fields, "change_note": "Same", "do": "save"}
    client.post(page_of(service, "edit"), kept)
    after_keeping = service.secrets.get(name="key").ciphertext
    answer = client.post(page_of(service, "edit"), {**kept, "target/secretAccessKey": "new"}, follow=True)

    assert "hush" not in page
    assert after_keeping == before
    assert service.secrets.get(name="key").ciphertext != before
    assert messages(answer)[-1:] == ["The new values of its secrets are kept; nothing else changed."]
    assert Service.objects.get().target_config == bucket


def test_setting_that_the_form_does_not_know_is_not_lost(client: Client, service: Service) -> None:
    Service.objects.update(build_config={"outputFolder": "public", "unheard": [1, {"of": True}]})

    fields = refill(client, page_of(service, "edit"))

    assert fields["build/outputFolder"] == ["public"]
    assert "unheard" in fields["build~rest"][0]


def test_secret_that_is_not_there_is_said_at_its_field(client: Client, service: Service) -> None:
    config = {"bucket": "pages", "accessKeyId": {"$secret": "gone"}, "secretAccessKey": {"$secret": "gone"}}
    Service.objects.update(target_backend="s3@1", target_config=config)

    page = client.post(page_of(service, "edit"), refill(client, page_of(service, "edit"), change_note="x", do="save"))

    assert told(page)["target/accessKeyId"] == [
        "There is no secret gone: send its value with the service, or set it before."
    ]


def test_missing_backend_is_told_and_the_config_kept(client: Client, service: Service) -> None:
    Service.objects.update(target_backend="gone@1")

    page = client.get(page_of(service, "edit"))

    assert "gone@1 is not installed here." in page.content.decode()
    assert "folder" in settings_form(page.content.decode()).fields["target~rest"][0]


@pytest.mark.parametrize("page", ["edit", "history", "secrets", "remove", "history/1/restore"])
def test_service_of_another_team_does_not_exist(page: str, service: Service) -> None:
    stranger, boss = Client(), Client()
    stranger.force_login(deployer("stranger", of="Shop"))
    boss.force_login(make_person("boss", "Administrator"))

    assert stranger.get(page_of(service, page)).status_code == 404
    assert boss.get(page_of(service, page)).status_code == 200
    assert stranger.post(page_of(service, page), {"do": "save"}).status_code == 404


def test_removed_service_is_not_edited(client: Client, service: Service) -> None:
    remove_service(service, by=None, reason="Over", expected_revision=None)

    answer = client.get(page_of(service, "edit"), follow=True)

    assert messages(answer) == ["It is removed: nothing of it can be changed any more."]

"""History, restoring, secrets and the end of a service in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from deployments.actions.secrets import set_secret
from deployments.actions.services.saving import create_service
from deployments.models import Service
from tests.catalog.admin.pages import count_queries, differing, messages, sentences
from tests.deployments.admin.services.forms import make_catalogue, page_of
from tests.deployments.admin.services.test_edit import BECAUSE, change
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    make_catalogue()
    made = create_service(make_draft("site"), BECAUSE)
    change(made, target_config={"folder": "second"}, build_config={"exclude": ["a", "b"]})
    made.refresh_from_db()
    return made


@pytest.fixture
def client(service: Service) -> Client:
    browser = Client()
    browser.force_login(deployer())
    return browser


def test_history_says_who_when_why(client: Client, service: Service) -> None:
    page = client.get(page_of(service, "history"))

    assert [revision.number for revision, _, _ in page.context["lines"]] == [2, 1]
    assert "through a command" in sentences(page)
    assert "Because" in sentences(page)


def test_history_compares_any_two(client: Client, service: Service) -> None:
    page = client.get(page_of(service, "history"), {"from": "1", "to": "2"})

    assert differing(page.context["differences"]) == [
        ("/builderConfig/exclude", "", "a, b"),
        ("/targetConfig/folder", "site", "second"),
    ]
    assert [row.label for row in page.context["differences"]] == ["Build settings: exclude", "Target settings: folder"]


@pytest.mark.parametrize("wrong", ["0", "9", "x", "-1", "9" * 99])
def test_history_has_words_for_numbers_that_are_none(client: Client, service: Service, wrong: str) -> None:
    page = client.get(page_of(service, "history"), {"from": wrong, "to": "1"})

    assert page.context["compare_error"] == f"There is no revision {wrong[:20]!r}: give numbers from 1 to 2."


def test_history_costs_the_same_for_more_revisions(client: Client, service: Service) -> None:
    few = count_queries(client, page_of(service, "history"))
    for name in ("third", "fourth", "fifth"):
        change(service, target_config={"folder": name})

    assert count_queries(client, page_of(service, "history")) == few


def test_revision_is_restored(client: Client, service: Service) -> None:
    address = page_of(service, "history/1/restore")

    page = client.get(address)
    answer = client.post(address, {"expected_revision": "2", "change_note": "Back"}, follow=True)

    assert ("/targetConfig/folder", "second", "site") in differing(page.context["differences"])
    assert messages(answer) == ["Revision 1 is back as revision 3. Deploy it to use it."]
    service.refresh_from_db()
    assert (service.target_config, service.build_config) == ({"folder": "site"}, {})


def test_restoring_is_refused_if_somebody_saved_meanwhile(client: Client, service: Service) -> None:
    address = page_of(service, "history/1/restore")

    page = client.post(address, {"expected_revision": "1", "change_note": "Back"})

    assert page.context["message"].startswith("Somebody else has saved this service meanwhile.")
    service.refresh_from_db()
    assert service.target_config == {"folder": "second"}


def test_revision_that_is_not_there_is_not_found(client: Client, service: Service) -> None:
    assert client.get(page_of(service, "history/9/restore")).status_code == 404


def test_secrets_are_set_shown_by_name_and_forgotten(client: Client, service: Service) -> None:
    address = page_of(service, "secrets")

    client.post(address, {"do": "set", "name": "npm", "value": "hush-hush"})
    page = client.get(address)
    client.post(address, {"do": "forget", "name": "npm"})

    assert [line.secret.name for line in page.context["lines"]] == ["npm"]
    assert "hush" not in page.content.decode()
    assert not service.secrets.exists()
    noted = AuditRecord.objects.filter(verb=Verb.SECRET_CHANGED).order_by("pk")
    assert [(record.detail, str(record.by)) for record in noted] == [
        ("Secret npm set", "deployer"), ("Secret npm forgotten", "deployer"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"name": "Big Name", "value": "x"}, ["name"]),
        ({"name": "npm", "value": ""}, ["value"]),
        ({"name": "npm", "value": "x" * 100_000}, ["value"]),
    ],
)
def test_secret_that_is_none_is_told_at_its_field(client: Client, service: Service, sent: Any, errors: Any) -> None:
    page = client.post(page_of(service, "secrets"), {"do": "set", **sent})

    assert list(page.context["errors"]) == errors
    assert not service.secrets.exists()


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ({"removed_at": timezone.now()}, "The service is removed."),
        ({"team": "Shop"}, "Give the service to a team that you belong to."),
    ],
    ids=["removed", "given_away"],
)
@pytest.mark.parametrize("do", ["set", "forget"])
def test_secret_of_a_service_that_is_gone_meanwhile_is_left(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch, do: str, meanwhile: dict[str, Any], told: str
) -> None:
    set_secret(service, "npm", "hush")
    stale, before = Service.objects.get(pk=service.pk), service.secrets.get().ciphertext
    changes = {name: team(value) if name == "team" else value for name, value in meanwhile.items()}
    Service.objects.filter(pk=service.pk).update(**changes)
    monkeypatch.setattr("deployments.admin.services.secrets.service_or_404", lambda request, pk: stale)

    page = client.post(page_of(service, "secrets"), {"do": do, "name": "npm", "value": "other"})

    assert (page.status_code, page.context["errors"]) == (200, {"": told})
    assert service.secrets.get().ciphertext == before


def test_secrets_say_where_they_are_used_and_which_are_missing(client: Client, service: Service) -> None:
    config = {"bucket": "pages", "accessKeyId": {"$secret": "gone"}, "secretAccessKey": {"$secret": "key"}}
    Service.objects.update(target_backend="s3@1", target_config=config)
    set_secret(service, "key", "hush")

    page = client.get(page_of(service, "secrets"))

    assert page.context["lines"][0].used == ["Target settings: secretAccessKey"]
    assert page.context["missing"] == {"gone": ["Target settings: accessKeyId"]}


def test_service_is_removed_with_a_reason(client: Client, service: Service) -> None:
    address = page_of(service, "remove")

    without = client.post(address, {"expected_revision": "2", "reason": " "})
    answer = client.post(address, {"expected_revision": "2", "reason": "Over"}, follow=True)

    assert without.context["message"] == "Say why it is removed."
    assert messages(answer) == ["site (production) is removed."]
    service.refresh_from_db()
    assert service.removed_at is not None


def test_service_is_not_removed_as_somebody_saw_it_before(client: Client, service: Service) -> None:
    page = client.post(page_of(service, "remove"), {"expected_revision": "1", "reason": "Over"})

    assert page.context["message"].startswith("Somebody else has saved this service meanwhile.")
    service.refresh_from_db()
    assert service.removed_at is None

"""The page of a service's hooks: for whom, what it shows once, and what it says of deliveries."""

import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from catalog.models import AuditRecord
from deployments.actions.requests import set_pinned
from deployments.models import Hook, Service
from deployments.runner.secrets import open_secret
from tests.catalog.admin.conftest import Browser
from tests.catalog.admin.pages import count_queries, messages, sentences
from tests.deployments.hooks import Sender, github_push, make_sender
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return make_service(team=team("Web"))


@pytest.fixture
def browser() -> Client:
    return Browser(deployer())


def address_of(service: Service) -> str:
    return f"/admin/services/{service.pk}/hooks/"


def post(browser: Client, service: Service, deed: str, **fields: Any) -> Any:
    return browser.post(address_of(service), {"deed": deed, **fields}, follow=True)


def test_secret_and_address_are_shown_once_with_what_to_paste(browser: Client, service: Service) -> None:
    page = sentences(post(browser, service, "make", flavour="github", branches="main, release/*"))

    hook = Hook.objects.get()
    secret, address = open_secret(hook), f"http://testserver/api/v1/hooks/{hook.token}"
    assert re.search(rf'id="new-secret"[^>]*>{re.escape(secret)}</pre>', page)
    assert (address in page, "application/json" in page, "Just the push event" in page) == (True, True, True)
    assert hook.branches == ["main", "release/*"]
    again = browser.get(address_of(service)).content.decode()
    assert (secret in again, address in again) == (False, True)


@pytest.mark.parametrize(
    ("flavour", "words"),
    [("gitlab", "Secret token"), ("generic", "X-Registry-Signature"), ("github", "Payload URL")],
)
def test_each_flavour_says_what_to_paste(flavour: str, words: str, browser: Client, service: Service) -> None:
    assert words in sentences(post(browser, service, "make", flavour=flavour, branches=""))
    assert words in browser.get(address_of(service)).content.decode()


def test_new_secret_takes_the_place_of_the_old(browser: Client, service: Service) -> None:
    sender = make_sender(service)

    page = post(browser, service, "rotate", hook=sender.hook.pk).content.decode()

    assert (open_secret(Hook.objects.get()) in page, sender.secret in page) == (True, False)


def test_hook_is_disabled_and_deleted(browser: Client, service: Service) -> None:
    hook = make_sender(service).hook

    said = messages(post(browser, service, "change", hook=hook.pk, branches="dev"))
    assert said == ["The hook is disabled: what it is told is refused."]
    assert Hook.objects.values_list("is_enabled", "branches").get() == (False, ["dev"])
    post(browser, service, "change", hook=hook.pk, branches="dev", is_enabled="yes")
    assert Hook.objects.get().is_enabled
    assert messages(post(browser, service, "delete", hook=hook.pk))[0].startswith("The hook is deleted.")
    assert not Hook.objects.exists()


@pytest.mark.parametrize(
    ("config", "branch"), [({"ref": "trunk"}, "trunk"), ({"branch": "dev", "ref": ""}, "dev"), ({"ref": 5}, "main")]
)
def test_form_begins_with_the_branch_that_the_service_deploys(
    config: dict[str, Any], branch: str, browser: Client
) -> None:
    service = make_service(team=team("Web"), source_config=config)

    assert f'name="branches" value="{branch}"' in browser.get(address_of(service)).content.decode()


def test_mistake_is_told_and_what_was_typed_stays(browser: Client, service: Service) -> None:
    page = post(browser, service, "make", flavour="gitlab", branches="<b>, a b")

    assert page.status_code == 200
    assert "is no branch. Write names such as main" in sentences(page)
    assert 'value="&lt;b&gt;, a b"' in page.content.decode()
    assert 'value="gitlab" checked' in page.content.decode()
    assert not Hook.objects.exists()


def test_mistake_in_a_hook_is_told(browser: Client, service: Service) -> None:
    hook = make_sender(service, "github", "main").hook

    page = post(browser, service, "change", hook=hook.pk, branches="a b", is_enabled="yes")

    assert "Nothing was changed." in sentences(page)
    assert Hook.objects.get().branches == ["main"]


def test_deliveries_are_listed_with_what_came_of_them(browser: Client, service: Service) -> None:
    sender = make_sender(service, "github", "main")
    sender.github(delivery="one")
    sender.github(github_push("<dev>"), delivery="two")
    sender.github(X_Hub_Signature_256="sha256=0")

    page = sentences(browser.get(address_of(service)))

    assert re.search(r"Deployed</span>.*Deployment 1.*\(queued\)", page)
    assert "Only pushes to main are deployed." in page
    assert ("&lt;dev&gt;" in page, "<dev>" in page) == (True, False)
    assert "1 with a wrong signature" in page


def test_pinned_and_removed_services_say_so(browser: Client, service: Service) -> None:
    set_pinned(service, is_pinned=True, by=None)
    assert "The service is pinned: pushes are noted" in sentences(browser.get(address_of(service)))
    Service.objects.update(removed_at=timezone.now())
    page = sentences(browser.get(address_of(service)))

    assert ("The service is removed: pushes are refused." in page, "Make the webhook" in page) == (True, False)
    assert "Nothing was changed." in sentences(post(browser, service, "make", flavour="github"))
    assert not Hook.objects.exists()


def test_what_is_not_there_is_not_found(browser: Client, service: Service) -> None:
    other = make_sender(make_service("other", team=team("Web"))).hook

    for fields in ({"deed": "steal"}, {"deed": "delete", "hook": other.pk}, {"deed": "rotate", "hook": "x"},
                   {"deed": "change", "hook": uuid.uuid4()}):  # fmt: skip
        assert browser.post(address_of(service), fields).status_code == 404
    assert browser.get(f"/admin/services/{uuid.uuid4()}/hooks/").status_code == 404
    assert Hook.objects.get() == other


def test_strangers_find_nothing_and_lookers_change_nothing(service: Service) -> None:
    sender = make_sender(service)
    looker = make_person("looker", "Web")
    looker.user_permissions.add(*permissions("view_service"))
    stranger, viewer, nobody = Browser(deployer("stranger", of="Shop")), Browser(looker), Client()

    assert stranger.get(address_of(service)).status_code == 404
    assert post(stranger, service, "delete", hook=sender.hook.pk).status_code == 404
    assert viewer.get(address_of(service)).status_code == 200
    assert "Make the webhook" not in viewer.get(address_of(service)).content.decode()
    assert post(viewer, service, "rotate", hook=sender.hook.pk).status_code == 403
    assert nobody.get(address_of(service)).status_code == 302
    assert Browser(make_person("other", "Viewer", "Web")).get(address_of(service)).status_code == 403
    assert open_secret(Hook.objects.get()) == sender.secret


def permissions(*codenames: str) -> Any:
    return Permission.objects.filter(codename__in=codenames)


def test_page_asks_the_database_as_often_for_three_as_for_one(browser: Client, service: Service) -> None:
    def told(sender: Sender, *names: str) -> None:
        for name in names:
            sender.github(github_push(after=name * 40), delivery=name)

    told(make_sender(service), "a")
    one = count_queries(browser, address_of(service))
    told(make_sender(service), "b", "c")
    told(make_sender(service), "d")

    assert count_queries(browser, address_of(service)) == one


def test_audit_says_who_and_never_the_secret(browser: Client, service: Service) -> None:
    post(browser, service, "make", flavour="github", branches="main")

    record = AuditRecord.objects.filter(verb="service_changed").get()
    assert (record.by, record.detail) == (User.objects.get(username="deployer"), "Hook for GitHub made")

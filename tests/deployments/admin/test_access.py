"""Who sees which page: what is another team's does not exist, and nothing is pressed by who may not deploy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from catalog.actions.revisions import Change
from catalog.models import AuditRecord, Revision
from catalog.models.history import RevisionSource
from deployments.actions.services.saving import create_service
from deployments.admin.urls import urlpatterns
from deployments.models import Deployment, Service
from tests.deployments.admin.visits import (
    DEPLOYMENTS,
    SERVICES,
    buttons,
    make_deployment,
    page_of,
    press,
    sit,
    web_service,
)
from tests.deployments.drafts import make_draft
from tests.deployments.people import deployer, make_person

pytestmark = pytest.mark.django_db
PARTS: dict[str, Callable[[Service, Deployment], str]] = {
    "services": lambda service, deployment: SERVICES,
    "service": lambda service, deployment: page_of(service),
    "service-edit": lambda service, deployment: page_of(service, "edit"),
    "service-history": lambda service, deployment: page_of(service, "history"),
    "service-restore": lambda service, deployment: page_of(service, "history", "1", "restore"),
    "service-secrets": lambda service, deployment: page_of(service, "secrets"),
    "service-hooks": lambda service, deployment: page_of(service, "hooks"),
    "service-remove": lambda service, deployment: page_of(service, "remove"),
    "deployments": lambda service, deployment: DEPLOYMENTS,
    "deployment": lambda service, deployment: page_of(deployment),
    "deployment-state": lambda service, deployment: page_of(deployment, "state"),
    "deployment-log": lambda service, deployment: page_of(deployment, "log.txt").rstrip("/"),
}
OF_ONE = [name for name in PARTS if name not in ("services", "deployments")]
# What is of no service, or of a look; the tests beside each page say who sees what there.
OF_NONE = {"backends", "upgrade", "usage", "service-new", "suggestion"}
# What would be done there, were it one's own.
DEEDS: dict[str, dict[str, str]] = {
    "service-edit": {"do": "save", "name": "theirs", "change_note": "x"},
    "service-restore": {"change_note": "x", "number": "1"},
    "service-secrets": {"do": "set", "name": "token", "value": "x"},
    "service-hooks": {"deed": "make", "flavour": "github"},
    "service-remove": {"reason": "x"},
}


@pytest.fixture
def service(catalogue: None) -> Service:
    return create_service(make_draft("site"), Change(by=None, note="New", source=RevisionSource.COMMAND))


def test_own_team_opens_all_pages(service: Service) -> None:
    deployment = make_deployment(service)
    client = sit(deployer())

    assert {name: client.get(find(service, deployment)).status_code for name, find in PARTS.items()} == dict.fromkeys(
        PARTS, 200
    )


@pytest.mark.parametrize("name", OF_ONE)
def test_what_is_another_teams_does_not_exist(name: str, service: Service) -> None:
    deployment = make_deployment(service)

    answers = {
        who: sit(person).get(PARTS[name](service, deployment)).status_code
        for who, person in {
            "shop": deployer("shop", of="Shop"),
            "boss": make_person("boss", "Administrator"),
            "viewer": make_person("viewer", "Viewer", "Web"),
        }.items()
    }

    assert answers == {"shop": 404, "boss": 200, "viewer": 403}


@pytest.mark.parametrize("name", DEEDS)
def test_nothing_is_done_to_what_is_another_teams(name: str, service: Service) -> None:
    before = Service.objects.values().get()

    answer = sit(deployer("shop", of="Shop")).post(PARTS[name](service, make_deployment(service)), DEEDS[name])

    assert answer.status_code == 404
    assert {**before, "active_id": service.active_id} == Service.objects.values().get()
    assert (service.secrets.exists(), service.hooks.exists()) == (False, False)
    assert Revision.objects.filter(entry_key=service.key).count() == 1


def test_lists_hold_what_is_ones_own() -> None:
    make_deployment(web_service("zebra"))
    client = sit(deployer(of="Shop"))

    for address in (SERVICES, DEPLOYMENTS):
        answer: Any = client.get(address)
        assert (answer.context["page"].paginator.count, b"zebra" in answer.content) == (0, False)


@pytest.mark.parametrize("name", PARTS)
def test_strangers_are_sent_to_the_sign_in(name: str, service: Service) -> None:
    address = PARTS[name](service, make_deployment(service))

    assert Client().get(address).headers["Location"] == f"/admin/login/?next={address}"


def test_buttons_are_hidden_from_who_may_not_deploy_and_their_presses_refused() -> None:
    service = web_service()
    old, live = make_deployment(service), make_deployment(service)
    running = make_deployment(service, "building")
    person = make_person("looker", "Web")
    person.user_permissions.set(deployer().groups.get(name="Deployer").permissions.filter(codename="view_service"))
    client = sit(person)
    before = Deployment.objects.count()

    assert buttons(client.get(page_of(service))) == buttons(client.get(page_of(running))) == set()
    refused = [
        press(client, service, "deploy"),
        press(client, service, "deploy-afresh"),
        press(client, service, "pin"),
        press(client, service, "roll-back", deployment=old.pk),
        press(client, live, "redeploy", deployment=old.pk),
        press(client, running, "cancel", deployment=running.pk),
    ]

    running.refresh_from_db()
    service.refresh_from_db()
    assert {answer.status_code for answer in refused} == {403}
    assert (Deployment.objects.count(), running.cancel_requested_at, service.is_pinned) == (before, None, False)
    assert AuditRecord.objects.filter(verb="refused", by=person).count() == len(refused)


def test_presses_on_what_is_another_teams_find_nothing() -> None:
    service, own = web_service(), web_service("own")
    running, theirs = make_deployment(service, "building"), make_deployment(service, "succeeded", number=9)
    client = sit(deployer("shop", of="Shop"))
    assert press(client, service, "deploy").status_code == 404
    assert press(client, running, "cancel", deployment=running.pk).status_code == 404

    # Through a page of one's own.
    client = sit(deployer())
    assert press(client, own, "roll-back", deployment=theirs.pk).status_code == 404
    assert press(client, own, "cancel", deployment="7").status_code == 404
    running.refresh_from_db()
    assert (own.deployments.count(), running.cancel_requested_at) == (0, None)


def test_a_press_needs_the_token_of_its_page() -> None:
    service = web_service()
    client = Client(enforce_csrf_checks=True)
    client.force_login(deployer())

    assert press(client, service, "deploy").status_code == 403
    assert service.deployments.count() == 0


def test_every_page_is_in_these_tests() -> None:
    """A page that is new is named here, and tried by a stranger."""
    pages = {str(each.name): str(each.pattern) for each in urlpatterns if isinstance(each, URLPattern)}

    assert len(pages) == len(urlpatterns)
    assert pages.keys() == {*PARTS, *OF_NONE}
    assert {name for name, address in pages.items() if "<uuid:pk>" in address} == set(OF_ONE)


@pytest.mark.parametrize(("role", "shown"), [("Deployer", True), ("Administrator", True), ("Viewer", False)])
def test_menu_has_the_group_for_who_may_look(role: str, *, shown: bool) -> None:
    answer: Any = sit(make_person("somebody", role)).get("/admin/")

    menu = answer.context["sidebar_navigation"]
    groups = {group["title"]: [item["title"] for item in group["items"]] for group in menu}
    assert groups.get("Services") == (["Services", "Deployments", "Backends in use", "Usage"] if shown else None)

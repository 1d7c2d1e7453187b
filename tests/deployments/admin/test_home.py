"""The card of unusual patterns on the home page: only for whoever may see what they are about."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.actions.tokens import make_token
from catalog.models import AuditRecord
from catalog.models.audit import Verb
from deployments.models import Service
from tests.catalog.admin.conftest import Browser
from tests.catalog.admin.pages import sentences
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
CARD = "Unusual in the last days"


def note(about: str | Service, detail: str = "Its last 5 deployments failed") -> None:
    object_name = about if isinstance(about, str) else f"service {about}"
    detail += "" if isinstance(about, str) else f" [service {about.pk}]"
    AuditRecord.objects.note(Verb.PATTERN_NOTED, by=None, object_name=object_name, detail=detail)


def home(browser: Client) -> str:
    return sentences(browser.get("/admin/"))


def test_team_sees_what_is_about_its_services() -> None:
    note(make_service("<b>site", team=team("Web")))
    note(make_service("shop", team=team("Shop")))
    note("somebody", "They or their tokens deployed far more than usual")

    page = home(Browser(deployer()))

    assert (CARD in page, "&lt;b&gt;site" in page, "<b>site" in page) == (True, True, False)
    assert ("service shop" in page, "somebody" in page) == (False, False)
    boss = home(Browser(make_person("boss", "Administrator")))
    assert all(words in boss for words in (CARD, "service shop", "somebody"))


def test_who_takes_the_name_of_a_service_sees_nothing_of_it() -> None:
    before = make_service("shop", team=team("Web"))
    note(before, "Its last 5 deployments failed: /srv/web/private")
    Service.objects.filter(pk=before.pk).update(removed_at=timezone.now())
    make_service("shop", team=team("Shop"))

    assert CARD not in home(Browser(deployer("stranger", of="Shop")))
    page = home(Browser(make_person("boss", "Administrator")))
    assert ("/srv/web/private." in page, "[service" in page) == (True, False)


def test_owner_sees_what_is_about_their_token_and_others_do_not() -> None:
    owner, colleague = deployer(), deployer("colleague")
    make_token(by=None, owner=owner, name="Pipeline", scopes=["deployments:trigger"], days=1)
    note("token Pipeline of deployer", "It deployed far more than usual")

    assert "token Pipeline of deployer" in home(Browser(owner))
    assert CARD not in home(Browser(colleague))
    assert "token Pipeline of deployer" in home(Browser(make_person("boss", "Administrator")))


def test_without_patterns_there_is_no_card() -> None:
    service = make_service(team=team("Web"))
    assert CARD not in home(Browser(deployer()))
    note(service)

    assert CARD in home(Browser(deployer("second")))
    for person in (deployer("stranger", of="Shop"), make_person("viewer", "Viewer", "Web")):
        assert CARD not in home(Browser(person))


def test_old_patterns_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    note(make_service(team=team("Web")))
    later = timezone.now() + timedelta(days=4)
    monkeypatch.setattr("deployments.admin.home.timezone.now", lambda: later)

    assert CARD not in home(Browser(deployer()))

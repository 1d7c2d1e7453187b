"""The pages of backends in use and of an upgrade: for whom, what they show, what they change."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from deployments.models import Service
from tests.catalog.admin.conftest import Browser
from tests.catalog.admin.pages import count_queries, messages, sentences
from tests.deployments.people import deployer, make_person, team
from tests.deployments.runs import make_fake_service
from tests.deployments.upgrades import FakeSource2, newer_installed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
BACKENDS = "/admin/services/backends/"
UPGRADE = f"{BACKENDS}source/fake@1/to/fake@2/"


@pytest.fixture(autouse=True)
def newer() -> Iterator[type[FakeSource2]]:
    with newer_installed() as source:
        yield source


@pytest.fixture
def browser() -> Client:
    return Browser(deployer())


def make(name: str, **values: Any) -> Service:
    return make_fake_service(name, **{"team": team("Web"), **values})


def specs() -> dict[str, str]:
    return dict(Service.objects.values_list("name", "source_backend"))


def test_page_counts_services_and_names_what_is_missing(browser: Client) -> None:
    make("one")
    make("two")
    make("three", target_backend="ftp@1")
    make("of others", team=team("Shop"))

    page = sentences(browser.get(BACKENDS))

    assert ("3 services" in page, UPGRADE in page) == (True, True)
    assert '<span class="rg-mono">ftp@1</span>, used by 1 service: There is no &#x27;ftp@1&#x27;' in page


def test_preview_shows_differences_and_problems_and_changes_nothing(browser: Client) -> None:
    make("good")
    make("long", source_config={"text": "<i>" * 10})

    page = browser.get(UPGRADE).content.decode()

    assert ("/config/words" in page, "Cannot be upgraded" in page, "<i>" in page) == (True, True, False)
    assert page.count('type="checkbox" name="service"') == 1
    assert specs() == {"good": "fake@1", "long": "fake@1"}


def test_chosen_ones_are_upgraded_and_others_stay(browser: Client) -> None:
    chosen, other, wrong = make("chosen"), make("other"), make("wrong", source_config={"text": "x" * 30})
    stranger = make("stranger", team=team("Shop"))

    answer = browser.post(UPGRADE, {"service": [chosen.pk, wrong.pk, stranger.pk, "x"]}, follow=True)

    assert specs() == {"chosen": "fake@2", "other": "fake@1", "wrong": "fake@1", "stranger": "fake@1"}
    said = messages(answer)
    assert said[0].startswith("wrong stays as it is. Source settings: words: ")
    assert said[1] == "1 service is upgraded to fake@2. The next deployment runs with it."
    assert other.pk


def test_nothing_ticked_is_told(browser: Client) -> None:
    make("one")

    assert messages(browser.post(UPGRADE, follow=True)) == ["Nothing was upgraded: tick the services first."]


def test_service_that_was_changed_meanwhile_stays(browser: Client) -> None:
    service = make("one")

    answer = browser.post(UPGRADE, {"service": service.pk, f"revision-{service.pk}": "7"}, follow=True)

    assert (specs(), len(messages(answer))) == ({"one": "fake@1"}, 1)


def test_last_one_leads_back_to_the_list(browser: Client) -> None:
    service = make("one")

    assert browser.post(UPGRADE, {"service": service.pk}).headers["Location"] == BACKENDS
    assert browser.get(UPGRADE).status_code == 404


@pytest.mark.parametrize(
    "path", ["target/null@1/to/null@2/", "x/fake@1/to/fake@2/", "source/fake@1/to/fake@9/", "source/fake@2/to/fake@1/"]
)
def test_what_there_is_not_is_not_found(path: str, browser: Client) -> None:
    make("one")

    assert browser.get(f"{BACKENDS}{path}").status_code == 404


def test_lookers_look_and_others_do_not(browser: Client) -> None:
    service = make("one")
    stranger, viewer = Browser(deployer("stranger", of="Shop")), Browser(make_person("viewer", "Viewer"))

    assert (stranger.get(BACKENDS).status_code, stranger.get(UPGRADE).status_code) == (200, 404)
    assert "fake@1" not in stranger.get(BACKENDS).content.decode()
    assert (viewer.get(BACKENDS).status_code, viewer.post(UPGRADE, {"service": service.pk}).status_code) == (403, 403)
    assert specs() == {"one": "fake@1"}


def test_list_asks_the_database_as_often_for_three_as_for_one(browser: Client) -> None:
    make("one")
    one = count_queries(browser, BACKENDS)
    make("two")
    make("three")

    assert count_queries(browser, BACKENDS) == one

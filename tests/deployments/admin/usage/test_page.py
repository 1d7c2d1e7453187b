"""The page of usage."""

import pytest
from django.test import Client

from tests.catalog.admin.conftest import Browser
from tests.catalog.admin.pages import sentences
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
USAGE = "/admin/services/usage/"


def test_page_shows_the_figures_of_ones_own_services() -> None:
    make_service(team=team("Web"))

    page = sentences(Browser(deployer()).get(USAGE))

    assert '<span class="rg-mono rg-muted">inline</span>' in page
    assert f'href="{USAGE}"' in page
    assert "No service uses one yet." in sentences(Browser(deployer("alone", of="Nowhere")).get(USAGE))


def test_page_is_for_those_who_see_services() -> None:
    assert Browser(make_person("viewer", "Viewer")).get(USAGE).status_code == 403
    assert Client().get(USAGE).status_code == 302
    assert USAGE not in Browser(make_person("editor", "Editor")).get("/admin/").content.decode()

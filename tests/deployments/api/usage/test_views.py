"""Usage for programs."""

import pytest
from django.test import Client

from tests.catalog.api.write.programs import program_of
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db
USAGE = "/api/v1/services/usage"


def test_program_gets_the_figures_of_its_owners_services() -> None:
    make_service(team=team("Web"))
    make_service("other", team=team("Shop"))

    told = program_of(deployer(), "services:read").get(USAGE).json()

    static = {"id": "static", "services": 1, "deployments": 0, "succeeded": 0, "failed": 0, "successPercent": None}
    assert (told["days"], [each["id"] for each in told["providers"]]) == (30, ["inline"])
    assert [{name: each[name] for name in static} for each in told["builders"]] == [static]


def test_scope_and_permission_are_needed() -> None:
    assert Client().get(USAGE).status_code == 401
    assert program_of(deployer(), "entries:read").get(USAGE).status_code == 403
    assert program_of(make_person("boss", "Administrator"), "services:read").get(USAGE).status_code == 200

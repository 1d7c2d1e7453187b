"""Somebody of the team at the pages of their service."""

from typing import Any

import pytest
from django.test import Client

from deployments.models import Service
from tests.deployments.admin.services.forms import page_of, refill
from tests.deployments.admin.services.parts import make_service
from tests.deployments.people import deployer


@pytest.fixture
def changing() -> Service:
    return make_service()


@pytest.fixture
def changer(changing: Service) -> Client:
    browser = Client()
    browser.force_login(deployer())
    return browser


@pytest.fixture
def edit(changer: Client, changing: Service) -> dict[str, Any]:
    """What the page of the service's settings would send."""
    return refill(changer, page_of(changing, "edit"), change_note="Other parts")

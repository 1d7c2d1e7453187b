"""A logged-in browser for each demo person, for each role, and for nobody."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.actions.people import create_demo_people
from catalog.actions.roles import create_roles
from tests.catalog.admin.pages import Browsers


@pytest.fixture
def browsers(db: None, tmp_path: Path) -> Browsers:
    """One client for `anonymous`, `editor`, `publisher` and `administrator`, with the demo groups' permissions."""
    names = create_demo_people(tmp_path / "people.json")
    clients = {"anonymous": Client(), **{name: Client() for name in names}}
    for name in names:
        clients[name].force_login(User.objects.get(username=name))
    return clients


@pytest.fixture
def by_role(db: None) -> Browsers:
    """One client for a person of each role, named like it; `Nobody` is staff without a role, `Superuser` has none."""
    create_roles()
    clients = {"anonymous": Client()}
    for role in Group.objects.order_by("pk"):
        User.objects.create_user(role.name, is_staff=True).groups.add(role)
    User.objects.create_user("Nobody", is_staff=True)
    User.objects.create_superuser("Superuser")
    for person in User.objects.order_by("pk"):
        clients[person.username] = Client()
        clients[person.username].force_login(person)
    return clients

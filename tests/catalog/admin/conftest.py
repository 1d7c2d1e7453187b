"""A logged-in browser for each demo person, for each role, and for nobody."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.actions.people import create_demo_people
from catalog.actions.roles import create_roles
from tests.catalog.admin.pages import Browsers


class Browser(Client):
    """Signs its person in at the first request: of all the people in a test, most never ask for anything."""

    def __init__(self, person: User) -> None:
        super().__init__()
        self.waiting: User | None = person

    def sign_in(self) -> None:
        if self.waiting:
            person, self.waiting = self.waiting, None
            self.force_login(person)

    def generic(self, *arguments: Any, **options: Any) -> Any:
        self.sign_in()
        return super().generic(*arguments, **options)


@pytest.fixture
def browsers(db: None, tmp_path: Path) -> Browsers:
    """One client for `anonymous`, `editor`, `publisher` and `administrator`, with the demo groups' permissions.

    The deployer looks at the catalogue like any viewer.
    """
    names = create_demo_people(tmp_path / "people.json").keys() - {"deployer"}
    return {"anonymous": Client()} | {name: Browser(User.objects.get(username=name)) for name in names}


@pytest.fixture
def by_role(db: None) -> Browsers:
    """One client for a person of each role, named like it; `Nobody` is staff without a role, `Superuser` has none."""
    create_roles()
    for role in Group.objects.order_by("pk"):
        User.objects.create_user(role.name, is_staff=True).groups.add(role)
    User.objects.create_user("Nobody", is_staff=True)
    User.objects.create_superuser("Superuser")
    return {"anonymous": Client()} | {person.username: Browser(person) for person in User.objects.order_by("pk")}

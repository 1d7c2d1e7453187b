"""Demo people: made once, with passwords that can be shown again until somebody changes them."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from catalog.actions.people import DEMO_TEAM, create_demo_people
from catalog.actions.roles import ROLES

pytestmark = pytest.mark.django_db
VIEWS = {
    "catalog.view_activity",
    "catalog.view_builder",
    "catalog.view_provider",
    "catalog.view_revision",
    "catalog.view_snapshot",
    "catalog.view_stack",
    "catalog.view_stackprovider",
}


@pytest.fixture
def passwords_file(tmp_path: Path) -> Path:
    return tmp_path / "people.json"


def person(name: str) -> User:
    return User.objects.get(username=name)


def test_people_get_what_their_work_needs_and_no_more(passwords_file: Path) -> None:
    create_demo_people(passwords_file)

    assert person("publisher").get_all_permissions() == VIEWS | {"catalog.approve_revision", "catalog.publish_snapshot"}
    assert person("editor").get_all_permissions() == VIEWS | {
        *(f"catalog.{verb}_{kind}" for verb in ("add", "change") for kind in ("provider", "builder", "stack")),
        *(f"catalog.{verb}_stackprovider" for verb in ("add", "change", "delete")),
    }
    assert {name: (person(name).is_staff, person(name).is_superuser) for name in ("editor", "publisher")} == {
        "editor": (True, False),
        "publisher": (True, False),
    }
    assert person("administrator").is_superuser
    assert set(Group.objects.values_list("name", flat=True)) == {*ROLES, DEMO_TEAM}


def test_passwords_are_random_and_only_the_owner_reads_them(passwords_file: Path) -> None:
    shown = create_demo_people(passwords_file)

    passwords = [password for password in shown.values() if password]
    assert len(set(passwords)) == 4
    assert min(map(len, passwords)) >= 12
    assert all(person(name).check_password(password or "") for name, password in shown.items())
    assert json.loads(passwords_file.read_text()) == shown
    assert passwords_file.stat().st_mode & 0o777 == 0o600


def test_second_run_shows_the_same_and_makes_nobody(passwords_file: Path) -> None:
    shown = create_demo_people(passwords_file)
    before = list(User.objects.values())

    assert create_demo_people(passwords_file) == shown

    assert list(User.objects.values()) == before


def test_changed_password_is_neither_shown_nor_reset(passwords_file: Path) -> None:
    create_demo_people(passwords_file)
    editor = person("editor")
    editor.set_password("my own words")
    editor.save()

    assert create_demo_people(passwords_file)["editor"] is None

    assert person("editor").check_password("my own words")


def test_person_who_was_there_already_is_left_alone(passwords_file: Path) -> None:
    User.objects.create_user("editor", password="my own words")

    assert create_demo_people(passwords_file)["editor"] is None

    assert person("editor").check_password("my own words")
    assert person("editor").get_all_permissions() == set()

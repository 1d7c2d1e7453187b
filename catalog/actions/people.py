"""Demo people for a developer's machine."""

import json
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.db import transaction

from catalog.actions.roles import create_roles

# People of a team see each other's services.
DEMO_TEAM = "Website team"
# The roles and teams of each demo person; None is everything.
DEMO_PEOPLE: dict[str, tuple[str, ...] | None] = {
    "editor": ("Editor",),
    "publisher": ("Approver", "Publisher"),
    "deployer": ("Deployer", DEMO_TEAM),
    "administrator": None,
}


@transaction.atomic
def create_demo_people(passwords_file: Path) -> dict[str, str | None]:
    """Make the demo people that are missing; name -> password, None if somebody has changed it since.

    Passwords are random and kept in `passwords_file` (mode 0600), so that a second run can show them again.
    """
    kept: dict[str, str] = json.loads(passwords_file.read_text()) if passwords_file.exists() else {}
    shown: dict[str, str | None] = {}
    create_roles()
    Group.objects.get_or_create(name=DEMO_TEAM)
    for name, roles in DEMO_PEOPLE.items():
        person = get_user_model().objects.filter(username=name).first()
        if person is None:
            kept[name] = secrets.token_urlsafe(9)
            person = _create(name, kept[name], roles)
        shown[name] = kept[name] if name in kept and person.check_password(kept[name]) else None
    passwords_file.touch(mode=0o600)
    passwords_file.write_text(json.dumps(kept))
    return shown


def _create(name: str, password: str, roles: tuple[str, ...] | None) -> User:
    if roles is None:
        return User.objects.create_superuser(name, password=password)
    person = User.objects.create_user(name, password=password, is_staff=True)
    person.groups.set(Group.objects.filter(name__in=roles))
    return person

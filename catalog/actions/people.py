"""Demo people for a developer's machine."""

import json
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

# What each demo person may do beside looking; None is everything.
DEMO_PEOPLE: dict[str, tuple[str, ...] | None] = {
    "editor": (
        "add_provider", "change_provider", "add_builder", "change_builder", "add_stack", "change_stack",
        "add_stackprovider", "change_stackprovider", "delete_stackprovider",
    ),
    "publisher": ("approve_revision", "publish_snapshot"),
    "administrator": None,
}  # fmt: skip
VIEWING = ("view_provider", "view_builder", "view_stack", "view_stackprovider", "view_revision", "view_snapshot")


@transaction.atomic
def create_demo_people(passwords_file: Path) -> dict[str, str | None]:
    """Make the demo people that are missing; name -> password, None if somebody has changed it since.

    Passwords are random and kept in `passwords_file` (mode 0600), so that a second run can show them again.
    """
    kept: dict[str, str] = json.loads(passwords_file.read_text()) if passwords_file.exists() else {}
    shown: dict[str, str | None] = {}
    for name, permissions in DEMO_PEOPLE.items():
        person = get_user_model().objects.filter(username=name).first()
        if person is None:
            kept[name] = secrets.token_urlsafe(9)
            person = _create(name, kept[name], permissions)
        shown[name] = kept[name] if name in kept and person.check_password(kept[name]) else None
    passwords_file.touch(mode=0o600)
    passwords_file.write_text(json.dumps(kept))
    return shown


def _create(name: str, password: str, permissions: tuple[str, ...] | None) -> User:
    if permissions is None:
        return User.objects.create_superuser(name, password=password)
    person = User.objects.create_user(name, password=password, is_staff=True)
    group, _ = Group.objects.get_or_create(name=name.capitalize())
    codenames = (*VIEWING, *permissions)
    group.permissions.set(Permission.objects.filter(content_type__app_label="catalog", codename__in=codenames))
    person.groups.add(group)
    return person

"""People of each role, and somebody at the API: signed in, or with a token."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.actions.roles import create_roles
from catalog.actions.tokens import make_token


def person(role: str, *, name: str = "") -> User:
    create_roles()
    made = User.objects.create_user(name or role, is_staff=True)
    made.groups.add(Group.objects.get(name=role))
    return User.objects.get(pk=made.pk)


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def bearer(text: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {text}"}}


def token_of(owner: User, *scopes: str, days: int = 90, name: str = "Nightly build") -> str:
    """The text of a new token; by default it reads."""
    return make_token(by=owner, owner=owner, name=name, scopes=scopes or ("entries:read",), days=days)[1]

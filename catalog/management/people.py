"""People as commands name them."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def find_person(username: str | None) -> User | None:
    """The active person of that name; None for no name. Raises CommandError."""
    if username is None:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active person named {username}.")
    return person

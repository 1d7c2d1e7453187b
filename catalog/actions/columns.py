"""Which columns a person wants to see in a list."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from catalog.actions.errors import RefusedError
from catalog.models import ListColumns

MAX_COLUMNS = 50
MAX_NAME = 64


@transaction.atomic
def choose_columns(kind: str, *, columns: Sequence[str], by: User) -> None:
    """Keep the columns of the list of `kind` for this person, in this order. Raises RefusedError."""
    if not columns:
        raise RefusedError("Choose at least one column.")
    if len(set(columns)) != len(columns):
        raise RefusedError("A column can be shown once only.")
    if len(columns) > MAX_COLUMNS or any(not 0 < len(name) <= MAX_NAME for name in columns):
        raise RefusedError("These are no columns of the list.")
    ListColumns.objects.update_or_create(person=by, kind=kind, defaults={"columns": list(columns)})


@transaction.atomic
def forget_columns(kind: str, *, by: User) -> None:
    """Back to the columns that everybody sees who has not chosen any."""
    ListColumns.objects.filter(person=by, kind=kind).delete()

"""Who uses an entry, as the apps above the catalogue know it: they register an answer, the catalogue asks.

The catalogue never imports them. Answers are for display and for guards; they must be cheap (a query or two).
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One thing that uses an entry: what it is (`service`), its name, where a person finds it."""

    kind: str
    name: str
    address: str


FindUsers = Callable[[str], list[Use]]
_finders: list[FindUsers] = []


def register_users(find: FindUsers) -> None:
    """Ask `find` (key of an entry -> its users) from now on; once for each app, in `AppConfig.ready`."""
    if find not in _finders:
        _finders.append(find)


def forget_users(find: FindUsers) -> None:
    """Undo `register_users`; for tests."""
    _finders.remove(find)


def find_users(key: str) -> list[Use]:
    """Everything outside the catalogue that uses the entry with this key, sorted."""
    return sorted(use for find in _finders for use in find(key))

"""What the apps above the catalogue know about entries: who uses them, what fits together, which configs are stored.

They register answers in `AppConfig.ready`, the catalogue asks, and never imports them. Answers must be cheap (a query
or two).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One thing that uses an entry: what it is (`service`), its name, where a person finds it (empty for nowhere)."""

    kind: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A config that `use` gives to an entry; secrets in it are references."""

    use: Use
    config: Mapping[str, Any]


FindUsers = Callable[[str], list[Use]]
# The keys of the builders that fit a provider, or of the providers that fit a builder; None if it cannot say.
FindCompatible = Callable[[str], Collection[str] | None]
FindConfigs = Callable[[str], list[StoredConfig]]
_finders: list[FindUsers] = []
_compatible_finders: list[FindCompatible] = []
_config_finders: list[FindConfigs] = []


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


def register_compatible(find: FindCompatible) -> None:
    """Ask `find` which entries fit an entry, as their backends say; once, in `AppConfig.ready`."""
    if find not in _compatible_finders:
        _compatible_finders.append(find)


def forget_compatible(find: FindCompatible) -> None:
    """Undo `register_compatible`; for tests."""
    _compatible_finders.remove(find)


def compatible(key: str) -> frozenset[str] | None:
    """The keys of what fits this source provider or builder by what backends say; None if nobody can say yet."""
    answers = [answer for find in _compatible_finders if (answer := find(key)) is not None]
    return frozenset(each for answer in answers for each in answer) if answers else None


def register_stored_configs(find: FindConfigs) -> None:
    """Ask `find` for the configs that are stored for an entry; once for each app, in `AppConfig.ready`."""
    if find not in _config_finders:
        _config_finders.append(find)


def forget_stored_configs(find: FindConfigs) -> None:
    """Undo `register_stored_configs`; for tests."""
    _config_finders.remove(find)


def stored_configs(key: str) -> list[StoredConfig]:
    """Every config that something gives to the entry with this key, in the order of their users."""
    found = [each for find in _config_finders for each in find(key)]
    return sorted(found, key=lambda each: each.use)

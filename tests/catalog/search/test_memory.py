"""What was computed is kept for one version, for a while, and only so much of it."""

import time
from collections.abc import Callable

import pytest

from catalog.search import memory as module
from catalog.search.memory import Memory


def maker() -> tuple[list[str], Callable[[str], Callable[[], str]]]:
    made: list[str] = []

    def make(value: str) -> Callable[[], str]:
        def act() -> str:
            made.append(value)
            return value

        return act

    return made, make


def test_value_is_made_once_for_a_version() -> None:
    memory, (made, make) = Memory(), maker()

    values = [memory.get("1", "key", make("first")), memory.get("1", "key", make("again"))]
    values += [memory.get("2", "key", make("second")), memory.get("1", "key", make("third"))]

    assert values == ["first", "first", "second", "third"]
    assert made == ["first", "second", "third"]


def test_nothing_is_kept_without_a_version() -> None:
    memory, (made, make) = Memory(), maker()

    memory.get("", "key", make("first"))
    memory.get("", "key", make("second"))

    assert made == ["first", "second"]


def test_what_was_not_used_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    memory, (made, make) = Memory(), maker()

    for key in ("a", "b", "a", "c", "a", "b"):
        memory.get("1", key, make(key))

    assert made == ["a", "b", "c", "b"]


def test_old_values_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, (made, make) = Memory(), maker()
    memory.get("1", "key", make("first"))
    later = time.monotonic() + module.MAX_AGE_SECONDS + 1
    monkeypatch.setattr("catalog.search.memory.time.monotonic", lambda: later)

    memory.get("1", "key", make("second"))

    assert made == ["first", "second"]

"""Long lists of cases: a few of each in every run, all of them in `make test-slow`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

APART = ("slow", "services", "tools", "browser")


def spread(cases: Iterable[Any], *, fast: int) -> list[Any]:
    """The cases of a `parametrize`; all but `fast` of them, spread evenly, are marked slow."""
    listed = list(cases)
    kept = _spread(len(listed), fast)
    return [case if at in kept else _slow(case) for at, case in enumerate(listed)]


def keep_few(items: Iterable[pytest.Item], *, fast: int, whole: Sequence[str]) -> None:
    """Mark the cases of each test slow but for `fast` of them, spread evenly.

    Tests below `whole` keep all of theirs, and so does a test that says itself which are slow, or that runs apart.
    """
    cases = defaultdict(list)
    for item in items:
        if getattr(item, "callspec", None) and not item.nodeid.startswith(tuple(whole)):
            cases[item.nodeid.partition("[")[0]].append(item)
    for same in cases.values():
        if any(item.get_closest_marker(name) for name in APART for item in same):
            continue
        kept = _spread(len(same), fast)
        for at, item in enumerate(same):
            if at not in kept:
                item.add_marker(pytest.mark.slow)


def _spread(count: int, fast: int) -> set[int]:
    return {round(at * (count - 1) / max(fast - 1, 1)) for at in range(fast)}


def _slow(case: Any) -> Any:
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.slow])
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)

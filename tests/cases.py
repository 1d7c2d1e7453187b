"""Long lists of cases: a few of each in every run, all of them in `make test-slow`."""

from collections.abc import Iterable
from typing import Any

import pytest


def spread(cases: Iterable[Any], *, fast: int) -> list[Any]:
    """The cases of a `parametrize`; all but `fast` of them, spread evenly, are marked slow."""
    listed = list(cases)
    kept = {round(at * (len(listed) - 1) / max(fast - 1, 1)) for at in range(fast)}
    return [case if at in kept else _slow(case) for at, case in enumerate(listed)]


def _slow(case: Any) -> Any:
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.slow])
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)

"""Which cases of a test run at once, and which in `make test-slow`."""

import pytest

pytest_plugins = ["pytester"]
CONFTEST = """
from tests.cases import keep_few
def pytest_collection_modifyitems(items):
    keep_few(items, fast=3, whole=["test_whole"])
"""
MANY = """
import pytest
@pytest.mark.parametrize("number", range(9))
def test_many(number): pass
def test_one(): pass
"""
OWN = """
import pytest
@pytest.mark.parametrize("number", [*range(8), pytest.param(8, marks=pytest.mark.slow)])
def test_own(number): pass
"""


def test_few_cases_run_at_once_and_all_of_those_that_must(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_few=MANY, test_whole=MANY, test_own=OWN)

    passed = {
        chosen: pytester.runpytest("-m", chosen, "-p", "no:django", "-W", "ignore").parseoutcomes()["passed"]
        for chosen in ("slow", "not slow")
    }

    assert passed == {"slow": 6 + 0 + 1, "not slow": (3 + 1) + (9 + 1) + 8}

"""The checks are checked: each passes on the publisher as it is, and fails on one with the fault that it is for."""

import pytest

from catalog.publishing.stores.filesystem import FileSystemStore
from tests.cases import spread
from tests.catalog.publishing.crash.checks import CHECKS
from tests.catalog.publishing.crash.faults import FAULTS

pytestmark = pytest.mark.django_db
CASES = [(fault, check) for fault, (_, checks) in FAULTS.items() for check in checks]


@pytest.mark.parametrize("check", CHECKS)
def test_check_passes_on_the_publisher_as_it_is(check: str, folder_store: FileSystemStore) -> None:
    CHECKS[check](folder_store)


@pytest.mark.parametrize(("fault", "check"), spread(CASES, fast=8))
def test_fault_is_found_by_its_check(
    fault: str, check: str, folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[fault][0](monkeypatch)

    with pytest.raises(AssertionError):
        CHECKS[check](folder_store)


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {check for _, check in CASES} == CHECKS.keys()

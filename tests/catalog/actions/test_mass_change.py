"""Much changed at once is asked about: how much, of what, and what does not count."""

from contextlib import nullcontext

import pytest
from pytest_django import Settings

from catalog.actions.snapshots import MassChangeError, request_snapshot
from catalog.models import Snapshot
from catalog.publishing.plan import Change, Side, is_mass_change
from tests.catalog.publishing.histories import REMOVED
from tests.factories import provider_document, publish, save

ACTIVE = Side(1, 1, "a", "active", "cms")
NEWER = Side(2, 2, "b", "active", "cms")
GONE = Side(3, 3, "c", "removed", "cms")


def changes(count: int, old: Side | None = ACTIVE, new: Side | None = NEWER) -> list[Change]:
    return [Change(f"providers/cms/{number}", old, new) for number in range(count)]


@pytest.mark.parametrize(
    ("touched", "live", "percent", "is_mass"),
    [
        (5, 5, 10, False),
        (6, 6, 10, True),
        (6, 60, 10, False),
        (6, 59, 10, True),
        (10, 100, 10, False),
        (11, 100, 10, True),
        (1000, 10_000, 10, False),
        (1001, 10_000, 10, True),
        (6, 10_000, 0, True),
        (5, 10_000, 0, False),
        (100, 100, 100, False),
    ],
)
def test_more_than_a_handful_and_the_percentage_is_much(touched: int, live: int, percent: int, is_mass: bool) -> None:
    assert is_mass_change(changes(touched), live=live, percent=percent) is is_mass


@pytest.mark.parametrize(
    ("old", "new", "is_mass"),
    [
        (None, NEWER, False),
        (GONE, NEWER, False),
        (ACTIVE, NEWER, True),
        (ACTIVE, GONE, True),
        (ACTIVE, None, True),
    ],
    ids=["added", "back again", "changed", "removed", "taken out"],
)
def test_added_entries_do_not_count(old: Side | None, new: Side | None, is_mass: bool) -> None:
    assert is_mass_change(changes(50, old, new), live=100, percent=10) is is_mass


def save_many(numbers: range, **members: object) -> None:
    for number in numbers:
        save("provider", provider_document(f"cms-{number}", **members))


@pytest.mark.django_db
def test_first_publish_needs_no_confirmation() -> None:
    save_many(range(30))

    assert request_snapshot(by=None, in_background=False).state == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize("members", [{"best_for": "Changed"}, {"lifecycle": REMOVED}], ids=["changed", "removed"])
def test_mass_change_is_refused_until_it_is_confirmed(members: dict[str, object]) -> None:
    save_many(range(60))
    publish()
    save_many(range(7), **members)

    with pytest.raises(MassChangeError, match=r"^This changes or removes 7 entries at once, more than 10 % of what"):
        request_snapshot(by=None, in_background=False)

    assert Snapshot.objects.count() == 1
    assert request_snapshot(by=None, confirm_mass_change=True, in_background=False).changes.count() == 7


@pytest.mark.django_db
def test_tenth_of_what_is_live_needs_no_confirmation() -> None:
    save_many(range(60))
    publish()
    save_many(range(6), best_for="Changed")
    save_many(range(60, 100))

    assert request_snapshot(by=None, in_background=False).changes.count() == 46


@pytest.mark.django_db
@pytest.mark.parametrize(("percent", "is_mass"), [(0, True), (54, True), (55, False), (100, False)])
def test_setting_says_how_much_is_much(percent: int, is_mass: bool, settings: Settings) -> None:
    settings.REGISTRY_MASS_CHANGE_PERCENT = percent
    save_many(range(20))
    publish()
    save_many(range(10), best_for="Changed")
    save_many(range(10, 11), lifecycle=REMOVED)

    with pytest.raises(MassChangeError) if is_mass else nullcontext():
        request_snapshot(by=None, in_background=False)

    assert Snapshot.objects.filter(state="pending").exists() is not is_mass

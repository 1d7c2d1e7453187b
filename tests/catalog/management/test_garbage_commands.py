"""`collect_garbage`, and `publish` of a mass change: what they print, and how they refuse."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Snapshot
from catalog.publishing import lease
from catalog.publishing.base import read_base
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import approve_first_step, request
from tests.factories import SANITY, provider_document, publish, save
from tests.stores import read_tree, verify

pytestmark = pytest.mark.django_db


def call(name: str, *arguments: str) -> str:
    """What the command prints."""
    printed = StringIO()
    call_command(name, *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue()


def refuse(name: str, *arguments: str) -> tuple[str, str]:
    """What the command prints, and the reason it gives."""
    printed = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, *arguments, stdout=printed, stderr=StringIO())
    return printed.getvalue(), str(raised.value)


def publish_costs(*costs: int) -> None:
    approve_first_step()
    for cost in costs:
        save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
        publish()


def test_collect_garbage_says_what_would_go_and_then_what_went() -> None:
    publish_costs(1, 2, 3)
    before = read_tree(open_store())

    dry = call("collect_garbage", "--keep", "2", "--days", "0")
    unchanged = read_tree(open_store()) == before
    done = call("collect_garbage", "--keep", "2", "--days", "0", "--apply")

    counts = [f"{folder:10}       1" for folder in ("bundles", "index", "objects", "snapshots")]
    assert dry.splitlines() == [
        *counts,
        "4 files would be deleted; run it again with --apply. 2 snapshots are kept, 1 dropped.",
    ]
    assert done.splitlines() == [*counts, "4 files deleted. 2 snapshots are kept, 1 dropped."]
    assert (unchanged, len(before) - len(read_tree(open_store()))) == (True, 4)


def test_collect_garbage_keeps_fifty_and_ninety_days_unless_told() -> None:
    publish_costs(1, 2)

    assert call("collect_garbage", "--apply") == "0 files deleted. 2 snapshots are kept, 0 dropped.\n"


def test_collect_garbage_finishes_what_was_left_first() -> None:
    publish_costs(1)
    save("provider", provider_document("late"))
    request()

    call("collect_garbage", "--apply")

    assert read_base(open_store()).serial == 2
    assert verify(open_store()).problems == []


@pytest.mark.parametrize("arguments", [["--keep", "0"], ["--days", "-1"], ["--days", "36501"]])
def test_collect_garbage_refuses_senseless_numbers(arguments: list[str]) -> None:
    publish_costs(1)

    reason = "Keep at least one snapshot, and a number of days from 0 to 36500."
    assert refuse("collect_garbage", *arguments) == ("", reason)


def test_collect_garbage_refuses_while_somebody_publishes() -> None:
    publish_costs(1)
    save("provider", provider_document("late"))
    lease.claim(request().pk)

    reason = "A publish, or another collection, is running; try again when it is done."
    assert refuse("collect_garbage", "--apply") == ("", reason)


def test_collect_garbage_with_nothing_published_is_refused() -> None:
    assert refuse("collect_garbage") == ("", "Nothing is published yet.")


def change_many(count: int) -> None:
    for number in range(count):
        save("provider", provider_document(f"cms-{number}", best_for="Changed"))


def test_publish_asks_for_confirmation_of_a_mass_change() -> None:
    for number in range(20):
        save("provider", provider_document(f"cms-{number}"))
    publish()
    change_many(6)

    _, reason = refuse("publish")

    assert reason == (
        "This changes or removes 6 entries at once, more than 10 % of what is live. "
        "Confirm that this is meant. (--confirm-mass-change)"
    )
    assert Snapshot.objects.count() == 1
    assert json.loads(call("publish", "--confirm-mass-change", "--json"))["changes"] == 6


def test_dry_run_of_a_mass_change_is_not_refused() -> None:
    for number in range(20):
        save("provider", provider_document(f"cms-{number}"))
    publish()
    change_many(6)

    assert len(call("publish", "--dry-run").splitlines()) == 6

"""Several people save at once: numbers stay consecutive, nothing is lost, and whoever is too late is told so."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from catalog.actions.approvals import approve
from catalog.actions.entries import save_entry
from catalog.actions.errors import RefusedError, StaleEntryError
from catalog.actions.snapshots import request_snapshot
from catalog.models import Alias, Approval, Provider, Revision, Snapshot, find_entry
from tests.factories import SANITY, builder_document, change_by, provider_document, sanity, save, stack_document

THREADS = 6
pytestmark = [
    pytest.mark.services,
    pytest.mark.usefixtures("flushable"),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="Needs PostgreSQL: SQLite lets one writer in at a time"
    ),
]


def run_together(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Call all at the same moment, each on a connection of its own; results or refusals in the order of `calls`."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return call()
        except RefusedError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def saving(name: str, person: User, expected: int | None) -> Callable[[], object]:
    document = {**SANITY, "display_name": name}
    return lambda: save_entry("provider", document, change_by(person, name), expected_revision=expected)


def test_saves_without_comparison_all_get_consecutive_numbers() -> None:
    person = User.objects.create_user("editor")
    save("provider", SANITY)
    names = [f"Name {number}" for number in range(THREADS)]

    results = run_together([saving(name, person, None) for name in names])

    revisions = list(Revision.objects.order_by("number"))
    assert all(isinstance(result, Revision) for result in results)
    assert [revision.number for revision in revisions] == list(range(1, THREADS + 2))
    assert sorted(revision.document["display_name"] for revision in revisions[1:]) == names
    assert sanity().latest_revision == revisions[-1]
    assert sanity().display_name == revisions[-1].document["display_name"]


def test_of_saves_on_one_revision_exactly_one_wins() -> None:
    person = User.objects.create_user("editor")
    save("provider", SANITY)

    results = run_together([saving(f"Name {number}", person, 1) for number in range(THREADS)])

    won = [result for result in results if isinstance(result, Revision)]
    stale = [result for result in results if isinstance(result, StaleEntryError)]
    assert (len(won), len(stale)) == (1, THREADS - 1)
    assert [(refused.expected, refused.found) for refused in stale] == [(1, 2)] * (THREADS - 1)
    assert Revision.objects.count() == 2
    assert sanity().display_name == won[0].document["display_name"]


@pytest.mark.parametrize("expected", [None, 0])
def test_of_two_who_create_one_entry_one_wins(expected: int | None) -> None:
    person = User.objects.create_user("editor")

    results = run_together([saving(name, person, expected) for name in ("A", "B", "C")])

    won = [result for result in results if isinstance(result, Revision)]
    refused = [result for result in results if isinstance(result, RefusedError)]
    assert len(won) + len(refused) == 3
    # Who comes when the row is there already changes it, if they did not ask for a comparison.
    assert [revision.number for revision in Revision.objects.order_by("number")] == list(range(1, len(won) + 1))
    assert Provider.objects.count() == 1
    if expected == 0:
        assert len(won) == 1


def test_of_two_who_claim_one_alias_one_wins() -> None:
    person = User.objects.create_user("editor")
    claim = ["providers/cms/old"]

    def claiming(slug: str) -> Callable[[], object]:
        return lambda: save_entry("provider", provider_document(slug, aliases=claim), change_by(person))

    results = run_together([claiming("a"), claiming("b")])

    # Whoever loses at the constraint hears it without the field.
    assert sorted(isinstance(result, RefusedError) for result in results) == [False, True]
    assert Alias.objects.count() == Provider.objects.count() == Revision.objects.count() == 1


def test_of_two_who_approve_one_revision_one_wins() -> None:
    people = [User.objects.create_user(name) for name in ("one", "other")]
    save("provider", SANITY, approved=False)

    results = run_together([partial(approve, sanity(), number=1, by=person) for person in people])

    assert sorted(isinstance(result, RefusedError) for result in results) == [False, True]
    assert Approval.objects.count() == 1


def test_of_two_who_ask_for_a_publish_one_wins() -> None:
    person = User.objects.create_user("publisher")
    save("provider", SANITY)

    results = run_together([lambda: request_snapshot(by=person, in_background=False)] * 2)

    assert sorted(isinstance(result, RefusedError) for result in results) == [False, True]
    assert Snapshot.objects.get().changes.count() == 1


def test_saves_of_several_entries_do_not_disturb_each_other() -> None:
    person = User.objects.create_user("editor")
    for slug in ("a", "b"):
        save("provider", provider_document(slug))
    save("builder", builder_document("hugo"))
    orders = (["a", "b"], ["b", "a"], ["a"], ["b"])

    def stacking(number: int) -> Callable[[], object]:
        document = stack_document(f"stack-{number}", providers={"cms": orders[number]}, builder="hugo")
        return lambda: save_entry("stack", document, change_by(person))

    results = run_together([stacking(number) for number in range(4)])

    assert all(isinstance(result, Revision) for result in results)
    found = [find_entry(f"stacks/foundation/stack-{number}") for number in range(4)]
    assert [
        entry and entry.latest_revision and entry.latest_revision.document["providers"]["cms"] for entry in found
    ] == [*orders]

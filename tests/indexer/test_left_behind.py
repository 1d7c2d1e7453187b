"""A writer that dies between two transactions of one entry leaves a part; nobody ever sees it, whatever comes next."""

from typing import Any

import pytest

from indexer import state as state_module
from indexer.asked import Search
from indexer.query import Reader
from indexer.rebuild import drop_retired, rebuild
from indexer.state import read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import ADVANCED, CURRENT, keep_up
from tests.factories import provider_document, publish, save
from tests.indexer.tables import answers, everything
from tests.indexer.test_upkeep import GONE, fresh_answers
from tests.indexer.writing import interrupted, kill
from tests.stores import Killed

pytestmark = pytest.mark.django_db
# Rows enough for more than one transaction.
MANY = [f"t{number:02}" for number in range(60)]
OTHERS = [f"u{number:02}" for number in range(60)]


@pytest.fixture(autouse=True)
def _claims_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1)


def publish_one(**members: Any) -> None:
    save("provider", provider_document("one", **members))
    publish()


def search(table: Table) -> tuple[list[tuple[str, int]], int, int]:
    """What an unfiltered search finds, its count, and how many documents it gets."""
    state = read_state(table)
    assert state is not None
    reader = Reader(Table(table.client, table.name), state, 10_000, lambda _key, make: make())
    found = reader.find(Search())
    return found.providers, found.count, len(reader.bodies(found.providers))


@pytest.mark.parametrize("last", [{"key_features": ["v"]}, {"key_features": OTHERS[1:]}, {"lifecycle": GONE}])
@pytest.mark.parametrize("at", [3, 5])
def test_part_of_a_serial_that_is_passed_over_is_taken_away(
    at: int, last: dict[str, Any], table: Table, tree: Tree
) -> None:
    save("provider", provider_document("two", key_features=["x"]))
    publish_one(key_features=MANY)
    keep_up(table, tree)
    before = answers(table)
    publish_one(key_features=OTHERS)
    dying, client = interrupted(table, kill, at=at)
    with pytest.raises(Killed):
        keep_up(dying, tree)
    assert (client.writes, answers(table)) == (at, before)
    publish_one(**last)

    assert keep_up(table, tree).did == ADVANCED

    left = [*([] if "lifecycle" in last else [("providers/cms/one", 3)]), ("providers/cms/two", 1)]
    assert answers(table) == fresh_answers(tree)
    assert search(table) == (left, len(left), len(left))
    assert [item for item in everything(table) if item.get("serial") == 2 or item.get("partial")] == []


def test_large_document_of_a_serial_that_is_passed_over_leaves_no_parts(
    table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.items.MAX_RAW_BYTES", 10)
    monkeypatch.setattr("indexer.codec.MAX_PART_BYTES", 60)
    monkeypatch.setattr("indexer.advance.MAX_TRANSACTION", 12)
    publish_one(key_features=["a"])
    keep_up(table, tree)
    publish_one(key_features=["b"])
    rehearsed, client = interrupted(table, kill, at=4)
    with pytest.raises(Killed):
        keep_up(rehearsed, tree)
    publish_one(key_features=["c"])

    keep_up(table, tree)

    assert client.writes == 4
    assert [item["sk"] for item in everything(table) if item["pk"] != "index" and "#0000000002" in item["sk"]] == []
    assert search(table) == ([("providers/cms/one", 3)], 1, 1)


def test_part_that_the_next_one_finishes_is_whole(table: Table, tree: Tree) -> None:
    publish_one(key_features=MANY)
    keep_up(table, tree)
    publish_one(key_features=OTHERS)
    for at in range(2, 20):
        dying, _ = interrupted(table, kill, at=at)
        try:
            keep_up(dying, tree)
        except Killed:
            continue
        break

    assert answers(table) == fresh_answers(tree)
    assert keep_up(table, tree).did == CURRENT
    assert [item for item in everything(table) if item.get("partial")] == []


def test_part_of_a_generation_that_is_dropped_expires(table: Table, tree: Tree) -> None:
    publish_one(key_features=MANY)
    keep_up(table, tree)
    publish_one(key_features=OTHERS)
    dying, _ = interrupted(table, kill, at=4)
    with pytest.raises(Killed):
        keep_up(dying, tree)

    live = rebuild(table, tree)
    drop_retired(table, older_than=-1)

    left = [item for item in everything(table) if live.generation not in item["pk"] + item["sk"]]
    assert [item["sk"] for item in left if "expires_at" not in item] == ["live"]
    assert search(table) == ([("providers/cms/one", 2)], 1, 1)

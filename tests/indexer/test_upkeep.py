"""The index follows what is published: whole, whatever was missed, whoever dies or comes too late."""

import json
import random
from typing import Any

import pytest

from catalog.actions.snapshots import request_rollback
from catalog.publishing.publish import run_publish
from catalog.publishing.stores.configured import open_store
from indexer import state as state_module
from indexer import upkeep
from indexer.errors import LostClaimError, NotYetError
from indexer.items import NO_COST
from indexer.state import read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import ADVANCED, CURRENT, REBUILT, Outcome, keep_up
from tests.factories import SANITY, builder_document, outlet, provider_document, publish, save
from tests.indexer.tables import answers, everything, make_table, versions
from tests.indexer.writing import interrupted, kill
from tests.stores import Killed

pytestmark = pytest.mark.django_db
GONE = {"state": "removed", "since": "2030-01-01", "reason": "Gone"}


def fresh_answers(tree: Tree) -> list[dict[str, Any]]:
    """What an index that was built at once would answer."""
    other = make_table("built-at-once")
    keep_up(other, tree)
    found = answers(other)
    other.client.delete_table(TableName=other.name)
    return found


def test_item_has_every_attribute_of_the_source_document(table: Table, tree: Tree) -> None:
    save("provider", SANITY)
    publish()

    assert keep_up(table, tree) == Outcome(REBUILT, 1, 0)

    (item,) = (item for item in everything(table) if item["pk"] == "providers/cms/sanity.json")
    assert {name: item[name] for name in sorted(item) if name not in ("sk", "raw_data", "last_updated")} == {
        "pk": "providers/cms/sanity.json",
        "provider_name": "sanity",
        "provider_type": "cms",
        "category": "cms_tier_service",
        "complexity_level": "medium_to_high",
        "monthly_cost_min": 65,
        "monthly_cost_max": 280,
        "setup_cost_min": 1440,
        "setup_cost_max": 3360,
        "features": tuple(SANITY["key_features"]),
        "ssg_engines": tuple(SANITY["ssg_engine_options"]),
        "target_market": tuple(SANITY["target_market"]),
        "features_set": frozenset(SANITY["key_features"]),
        "ssg_engines_set": frozenset(SANITY["ssg_engine_options"]),
        "target_market_set": frozenset(SANITY["target_market"]),
        "name": "sanity cms",
        "lifecycle": "active",
        "serial": 1,
    }
    assert SANITY.items() <= json.loads(item["raw_data"]).items()
    assert item["last_updated"] == json.loads(item["raw_data"])["last_updated"]


def test_each_value_is_a_partition_and_costs_are_in_order(table: Table, tree: Tree) -> None:
    save("provider", provider_document("free", monthly_cost_range=[0, 5], key_features=["a"]))
    save("provider", provider_document("dear", monthly_cost_range=[900, 950], complexity_level="high"))
    save("provider", provider_document("priceless", target_market=["b"], ssg_engine_options=["c"]))
    save("builder", builder_document(key_features=["a"]))
    publish()
    keep_up(table, tree)

    rows = [item for item in everything(table) if "cost_key" in item]
    partitions = {row["pk"].partition("#")[2] for row in rows}
    assert partitions == {"all#", "provider_type#cms", "complexity_level#high", "lifecycle#active", "feature#a",
                          "engine#c", "market#b"}  # fmt: skip
    costs = sorted(row["cost_key"].partition("#")[0] for row in rows if "#all#" in row["pk"])
    assert costs == ["0000000000", "0000000900", NO_COST]


@pytest.mark.parametrize("steps", [3, pytest.param(16, marks=pytest.mark.slow)])
def test_random_publishes_leave_what_a_rebuild_would(steps: int, table: Table, tree: Tree) -> None:
    """Several serials at once, changes that were taken back, rollbacks, removals and returns among them."""
    chance = random.Random(7)
    slugs = [f"p{number}" for number in range(3)]
    for slug in slugs:
        save("provider", provider_document(slug))
    publish()
    keep_up(table, tree)
    did = []
    for step in range(steps):
        publish_something(chance, slugs)
        if chance.random() < 0.6:
            did.append(keep_up(table, tree).did)
            assert answers(table) == fresh_answers(tree), step
    assert did == [ADVANCED] * len(did)


def publish_something(chance: random.Random, slugs: list[str]) -> None:
    serial = json.loads(open_store().get("manifest.json").content)["serial"]  # type: ignore[union-attr]
    if serial > 2 and chance.random() < 0.3:
        request = request_rollback(by=None, serial=serial - chance.randint(1, 2), reason="So", in_background=False)
        run_publish(request.pk, outlet=outlet())
        return
    for slug in chance.sample(slugs, 2):
        tags = chance.sample(["a", "b", "c"], 2)
        cost = chance.choice([None, [5, 9], [0, 1]])
        gone = {"lifecycle": GONE} if chance.random() < 0.25 else {}
        change = provider_document(slug, key_features=tags, monthly_cost_range=cost, best_for=str(chance.random()))
        save("provider", {**change, **gone})
    publish()


def publish_three_changes() -> None:
    """One changed, one removed, one added."""
    save("provider", provider_document("changed", key_features=["b"], monthly_cost_range=[7, 9]))
    save("provider", provider_document("removed", lifecycle=GONE))
    save("provider", provider_document("added", key_features=["a"]))
    publish()


def publish_two() -> None:
    save("provider", provider_document("changed", key_features=["a"]))
    save("provider", provider_document("removed", key_features=["a"]))
    publish()


@pytest.mark.parametrize(
    ("is_after", "every"),
    [(False, 3), pytest.param(False, 1, marks=pytest.mark.slow), pytest.param(True, 1, marks=pytest.mark.slow)],
)
def test_whoever_is_killed_at_any_write_is_followed_by_one_that_finishes(
    is_after: bool, every: int, table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_two()
    keep_up(table, tree)
    before = answers(table)
    publish_three_changes()
    expected = fresh_answers(tree)
    monkeypatch.setattr("indexer.advance.MAX_TRANSACTION", 6)
    # Its claim is as good as over.
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1)
    seen = []
    for at in range(1, 40, every):
        dying, _ = interrupted(table, kill, at=at, is_after=is_after)
        try:
            keep_up(dying, tree)
        except Killed:
            seen.append(answers(table))
            continue
        break

    assert answers(table) == expected
    # Nobody ever saw a part of it.
    assert all(each in (before, expected) for each in seen)
    assert (len(seen) >= 4 / every, before in seen) == (True, True)


def test_writer_that_was_overtaken_writes_nothing_more(
    table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1)

    def overtake() -> None:
        save("provider", provider_document("changed", key_features=["c"]))
        publish()
        assert keep_up(table, tree).serial == 3

    # After the claim, before the first transaction.
    slow, _ = interrupted(table, overtake, at=2)
    with pytest.raises(LostClaimError):
        keep_up(slow, tree)

    assert answers(table) == fresh_answers(tree)
    assert read_state(table).trouble == ""  # type: ignore[union-attr]


def test_who_finds_somebody_else_at_work_comes_back_later(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    dying, _ = interrupted(table, kill, at=2)
    with pytest.raises(Killed):
        keep_up(dying, tree)

    with pytest.raises(NotYetError, match="Somebody else is writing"):
        keep_up(table, tree)
    assert read_state(table).serial == 1  # type: ignore[union-attr]


def test_again_and_late_changes_nothing(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    keep_up(table, tree)
    whole = everything(table)
    table.units.update(read=0.0, write=0.0)

    # What a message of serial 1, or of the object that was collected as garbage, comes to.
    open_store().delete("providers/cms/removed.json")

    assert keep_up(table, tree) == Outcome(CURRENT, 2, 2)
    assert everything(table) == whole
    assert table.units["write"] == 0


def test_removed_provider_leaves_a_tombstone(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    keep_up(table, tree)

    found = [(version.serial, version.until, version.is_removed) for version in versions(table)
             if version.key == "providers/cms/removed"]  # fmt: skip
    assert found == [(1, 2, False), (2, None, True)]


def test_publish_of_no_provider_moves_the_serial_only(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    before = answers(table)
    save("builder", builder_document())
    publish()

    assert keep_up(table, tree) == Outcome(ADVANCED, 2, 1)
    assert answers(table) == before


def test_copies_that_are_not_there_yet_are_waited_for(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    old = open_store().get("providers/cms/changed.json")
    publish_three_changes()
    before = answers(table)

    def fetch(path: str) -> bytes | None:
        return old.content if old and path == "providers/cms/changed.json" else tree.fetch(path)

    with pytest.raises(NotYetError, match=r"changed\.json is not at serial 2 yet"):
        keep_up(table, Tree(fetch))
    assert (answers(table), read_state(table).trouble) == (before, "providers/cms/changed.json is not at serial 2 yet.")  # type: ignore[union-attr]


def test_publish_in_the_midst_is_taken_in(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    moved: list[str] = []

    def fetch(path: str) -> bytes | None:
        if path.startswith("index/") and not moved:
            moved.append(path)
            save("provider", provider_document("changed", key_features=["c"]))
            publish()
        return tree.fetch(path)

    assert keep_up(table, Tree(fetch)) == Outcome(ADVANCED, 3, 1)
    assert answers(table) == fresh_answers(tree)


def test_way_back_that_is_gone_means_a_rebuild(table: Table, tree: Tree) -> None:
    publish_two()
    first = read_pointer(tree)
    keep_up(table, tree)
    for name in ("one", "two"):
        save("provider", provider_document(name))
        publish()
    middle = next(path for path in open_store().list("snapshots/") if "00000002" in path)
    open_store().delete(middle)

    assert first.serial == 1
    assert keep_up(table, tree) == Outcome(REBUILT, 3, 1)
    assert answers(table) == fresh_answers(tree)


def read_pointer(tree: Tree) -> Any:
    return tree.pointer()


def test_index_of_another_layout_is_rebuilt(table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_two()
    keep_up(table, tree)
    monkeypatch.setattr(upkeep, "LAYOUT", 2)

    assert keep_up(table, tree).did == REBUILT

"""A rebuild stands beside what answers until it is complete; one that died is begun anew, and leaves nothing."""

import pytest

from catalog.publishing.stores.configured import open_store
from indexer import rebuild as rebuild_module
from indexer import state as state_module
from indexer.errors import NotYetError
from indexer.rebuild import drop_retired, rebuild
from indexer.state import BUILDING, PK, State, read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import keep_up
from tests.factories import provider_document, publish, save
from tests.indexer.tables import answers, everything
from tests.indexer.test_upkeep import GONE, fresh_answers
from tests.indexer.writing import interrupted, kill
from tests.stores import Killed

pytestmark = pytest.mark.django_db
SLUGS = ("one", "two", "three")


@pytest.fixture(autouse=True)
def _claims_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of writers that were killed; two that live are tried in test_upkeep."""
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1)


def publish_three() -> None:
    for number, slug in enumerate(SLUGS):
        save("provider", provider_document(slug, key_features=["a"], monthly_cost_range=[number, 9]))
    save("provider", provider_document("shop", provider_type="ecommerce", cms_type=None, ecommerce_type="hosted_cart"))
    publish()


def rebuild_but_for_the_switch(table: Table, tree: Tree) -> State:
    """What somebody leaves who dies at the last write."""
    publish_three()
    rehearsed, client = interrupted(table, kill, at=0)
    rebuild(rehearsed, tree)
    dying, _ = interrupted(table, kill, at=client.writes)
    with pytest.raises(Killed):
        rebuild(dying, tree)
    half = read_state(table, BUILDING)
    assert half is not None
    return half


def generations(table: Table) -> set[str]:
    return {item["pk"].partition("#")[0] for item in everything(table) if "#all#" in item["pk"]}


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_rebuild_that_is_killed_at_any_write_is_followed_by_a_whole_one(every: int, table: Table, tree: Tree) -> None:
    publish_three()
    rebuild(table, tree)
    before = answers(table)
    for at in range(1, 60, every):
        dying, _ = interrupted(table, kill, at=at)
        try:
            rebuild(dying, tree)
        except Killed:
            assert answers(table) == before, at
            continue
        break

    rebuild(table, tree)
    drop_retired(table, older_than=-1)
    assert answers(table) == fresh_answers(tree) == before
    assert generations(table) == {read_state(table).generation}  # type: ignore[union-attr]
    assert {item["sk"] for item in everything(table) if item["pk"] == PK} == {"live"}


def test_generation_that_has_all_of_its_snapshot_is_gone_on_with(table: Table, tree: Tree) -> None:
    half = rebuild_but_for_the_switch(table, tree)
    save("provider", provider_document("one", key_features=["b"]))
    publish()

    live = rebuild(table, tree)

    assert (live.generation, live.serial) == (half.generation, 2)
    assert answers(table) == fresh_answers(tree)


def test_what_is_published_meanwhile_is_taken_in(table: Table, tree: Tree) -> None:
    publish_three()
    rebuild(table, tree)
    moved: list[str] = []

    def fetch(path: str) -> bytes | None:
        if path.startswith("bundles/") and not moved:
            moved.append(path)
            save("provider", provider_document("one", key_features=["b"]))
            save("provider", provider_document("two", lifecycle=GONE))
            save("provider", provider_document("four"))
            publish()
        return tree.fetch(path)

    assert rebuild(table, Tree(fetch)).serial == 2
    assert answers(table) == fresh_answers(tree)


def test_old_generation_is_dropped_to_the_last_item(table: Table, tree: Tree) -> None:
    publish_three()
    keep_up(table, tree)
    save("provider", provider_document("one", key_features=["b"], description="x" * 2000))
    save("provider", provider_document("two", lifecycle=GONE))
    publish()
    keep_up(table, tree)
    rebuild(table, tree)
    assert len(generations(table)) == 2

    drop_retired(table)
    assert len(generations(table)) == 2, "Whoever searches at this moment still needs it."
    drop_retired(table, older_than=-1)

    live = read_state(table)
    assert live is not None
    left = [item for item in everything(table) if live.generation not in item["pk"] + item["sk"]]
    # Tombstones expire by themselves.
    assert [item["sk"] for item in left if not item.get("removed")] == ["live"]
    assert answers(table) == fresh_answers(tree)


def test_half_of_another_layout_is_abandoned(table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_three()
    dying, _ = interrupted(table, kill, at=6)
    with pytest.raises(Killed):
        rebuild(dying, tree)
    half = read_state(table, BUILDING)
    monkeypatch.setattr(rebuild_module, "LAYOUT", 2)

    live = rebuild(table, tree)

    assert half is not None
    assert live.generation != half.generation
    assert answers(table) == fresh_answers(tree)


@pytest.mark.parametrize("is_based", [False, True])
def test_half_that_cannot_be_gone_on_with_is_abandoned(is_based: bool, table: Table, tree: Tree) -> None:
    """Its snapshot, or the way from there, was collected as garbage meanwhile; so were the copies of what is gone."""
    publish_three()
    rehearsed, client = interrupted(table, kill, at=0)
    rebuild(rehearsed, tree)
    dying, _ = interrupted(table, kill, at=client.writes if is_based else client.writes - 4)
    with pytest.raises(Killed):
        rebuild(dying, tree)
    half = read_state(table, BUILDING)
    save("provider", provider_document("two", lifecycle=GONE))
    publish()
    save("provider", provider_document("four"))
    publish()
    for path in [path for path in open_store().list("snapshots/") if "00000003" not in path]:
        open_store().delete(path)
    open_store().delete("providers/cms/two.json")

    live = rebuild(table, tree)

    assert half is not None
    assert (half.is_based, live.serial, live.generation != half.generation) == (is_based, 3, True)
    assert answers(table) == fresh_answers(tree)
    drop_retired(table, older_than=-1)
    assert generations(table) == {live.generation}


def test_copy_that_is_not_of_its_snapshot_is_no_part_of_an_index(table: Table, tree: Tree) -> None:
    publish_three()

    def fetch(path: str) -> bytes | None:
        return b'{"serial": 1}' if path == "providers/cms/one.json" else tree.fetch(path)

    with pytest.raises(NotYetError, match=r"one\.json is not the document that serial 1 has"):
        rebuild(table, Tree(fetch))
    assert read_state(table) is None
    assert rebuild(table, tree).serial == 1

"""Two writers, and a publish, at every moment of a rebuild: the index never goes back, and nothing comes back."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.publishing.stores.configured import open_store
from indexer import rebuild as rebuild_module
from indexer import state as state_module
from indexer.errors import LostClaimError
from indexer.rebuild import abandon, rebuild
from indexer.state import LIVE, PK, RETIRED, State, read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import keep_up
from tests.factories import provider_document, publish, save
from tests.indexer.tables import answers, everything
from tests.indexer.test_rebuild import rebuild_but_for_the_switch
from tests.indexer.test_upkeep import fresh_answers
from tests.indexer.writing import interrupted, kill
from tests.stores import Killed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _claims_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1)


def publish_one(*features: str) -> None:
    save("provider", provider_document("one", key_features=list(features)))
    publish()


def call_before_the_switch(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Once: when what is built was compared with what is published, and has not switched yet."""
    switch, calls = rebuild_module._switch, []

    def late(*arguments: Any) -> State:
        calls.append(arguments)
        if len(calls) == 1:
            act()
        return switch(*arguments)

    monkeypatch.setattr(rebuild_module, "_switch", late)


def test_switch_never_goes_back_behind_what_answered_already(
    table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_one("old")
    keep_up(table, tree)
    before = read_state(table)

    def move() -> None:
        publish_one("new")
        assert keep_up(table, tree).serial == 2

    # As long as claims are: what is built must not wait for its own.
    monkeypatch.setattr(state_module, "CLAIM_SECONDS", 60)
    call_before_the_switch(monkeypatch, move)
    live = rebuild(table, tree)

    assert before is not None
    assert (live.serial, read_state(table).serial, live.generation != before.generation) == (2, 2, True)  # type: ignore[union-attr]
    assert answers(table) == fresh_answers(tree)


def test_rebuild_takes_the_place_of_another_registry_that_was_further(table: Table, tree: Tree) -> None:
    publish_one("old")
    early = open_store().get("current.json")
    publish_one("new")
    keep_up(table, tree)
    assert early is not None

    live = rebuild(table, Tree(lambda path: early.content if path == "current.json" else tree.fetch(path)))

    assert (live.serial, read_state(table).serial) == (1, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("at", [3, 5, 7])
def test_half_a_shard_and_a_publish_make_no_difference(
    at: int, table: Table, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "WORKERS", 1)
    for slug in ("one", "two", "three"):
        save("provider", provider_document(slug, key_features=[f"f{number}" for number in range(40)]))
    publish()
    dying, _ = interrupted(table, kill, at=at)
    with pytest.raises(Killed):
        rebuild(dying, tree)
    moved: list[str] = []

    def fetch(path: str) -> bytes | None:
        if path.startswith("bundles/") and not moved:
            moved.append(path)
            publish_one("new")
        return tree.fetch(path)

    assert rebuild(table, Tree(fetch)).serial == 2
    assert answers(table) == fresh_answers(tree)


class StalledClient:
    """The first batch hangs in the network, with its writer; `late` is what then arrives."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.late: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if name != "batch_write_item" or self.late:
            return inner

        def stall(**request: Any) -> Any:
            self.late = request
            raise Killed

        return stall


def test_batch_of_a_writer_that_was_overtaken_brings_nothing_back(table: Table, tree: Tree) -> None:
    publish_one("old")
    client = StalledClient(table.client)
    with pytest.raises(Killed):
        rebuild(Table(client, table.name, table.pause), tree)  # type: ignore[arg-type]
    rebuild(table, tree)
    publish_one("new")
    keep_up(table, tree)

    table.client.batch_write_item(**client.late)

    assert answers(table) == fresh_answers(tree)


def test_who_gives_up_too_late_gives_up_nothing_that_answers(table: Table, tree: Tree) -> None:
    """It sleeps between its claim and the rest, while somebody else goes on with the generation and switches."""
    half = rebuild_but_for_the_switch(table, tree)

    slow, _ = interrupted(table, lambda: rebuild(table, tree), at=2)
    with pytest.raises(LostClaimError):
        abandon(slow, half)

    slots = {item["sk"] for item in everything(table) if item["pk"] == PK}
    assert read_state(table).generation == half.generation  # type: ignore[union-attr]
    assert f"{RETIRED}{half.generation}" not in slots
    assert LIVE in slots

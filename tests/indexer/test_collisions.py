"""The events of one publish come a second apart: whoever comes second waits, fails nothing and leaves no reason."""

from typing import Any

import pytest

from indexer import handler
from indexer import state as state_module
from indexer.errors import NotYetError
from indexer.handler import PAUSE_SECONDS, lambda_handler
from indexer.state import CLAIM_SECONDS, Claim, claim, note_trouble, read_state
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import CURRENT, keep_up
from tests.factories import provider_document, publish, save
from tests.indexer.test_handler import Cloud, Context, cloud, created, failures, queued  # noqa: F401 - a fixture
from tests.indexer.test_upkeep import publish_three_changes, publish_two

pytestmark = pytest.mark.django_db
SCHEDULE = {"source": "aws.events"}


@pytest.fixture
def held(cloud: Cloud) -> Claim:  # noqa: F811
    """Serial 2 is published, and somebody is at it."""
    cloud.publish(one={})
    lambda_handler(created("manifest.json"), Context())
    cloud.publish(one={"key_features": ["a"]})
    state = read_state(cloud.table)
    assert state is not None
    return claim(cloud.table, state, target=2)


def pauses(monkeypatch: pytest.MonkeyPatch, act: Any = lambda _count: None) -> list[float]:
    """What the function waits; `act` is called with the number of each pause, from 1."""
    taken: list[float] = []

    def pause(seconds: float) -> None:
        taken.append(seconds)
        act(len(taken))

    monkeypatch.setattr(handler.open_worker(), "pause", pause)
    return taken


@pytest.mark.parametrize("event", [queued(created("manifest.json")), created("manifest.json"), SCHEDULE])
def test_second_one_waits_until_the_first_is_done(event: Any, held: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(count: int) -> None:
        if count == 3:
            held.change("SET claimed_at = :now", {":now": 0})

    taken = pauses(monkeypatch, end)

    answer = lambda_handler(event, Context())

    assert (answer["batchItemFailures"], answer["serial"]) == ([], 2)
    assert taken == [PAUSE_SECONDS] * 3


@pytest.mark.parametrize("event", [queued(created("manifest.json")), created("manifest.json"), SCHEDULE])
def test_what_somebody_is_long_at_is_left_to_them(event: Any, held: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = pauses(monkeypatch)

    answer = lambda_handler(event, Context())

    state = read_state(held.table)
    assert state is not None
    assert (answer["batchItemFailures"], answer["serial"]) == ([], None)
    assert (state.serial, state.trouble) == (1, "")
    # Who died holds nobody up for so long.
    assert CLAIM_SECONDS < sum(taken) < 2 * CLAIM_SECONDS


def test_early_event_waits_for_nobody(held: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = pauses(monkeypatch)

    assert failures(lambda_handler(queued(created("current.json")), Context())) == []
    assert taken == []
    assert read_state(held.table).serial == 1  # type: ignore[union-attr]


def test_first_one_that_dies_is_followed_by_the_one_that_waits(held: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses(monkeypatch, lambda count: count == 2 and monkeypatch.setattr(state_module, "CLAIM_SECONDS", -1))

    assert lambda_handler(queued(created("manifest.json")), Context())["serial"] == 2
    assert read_state(held.table).trouble == ""  # type: ignore[union-attr]


def test_reason_of_one_that_failed_is_not_left_once_another_succeeded(table: Table, tree: Tree) -> None:
    publish_two()
    keep_up(table, tree)
    publish_three_changes()
    asked: list[str] = []

    def fetch(path: str) -> bytes | None:
        asked.append(path)
        if path == "current.json" and asked.count(path) == 2:
            assert keep_up(table, tree).serial == 2
        return None if path == "providers/cms/changed.json" else tree.fetch(path)

    with pytest.raises(NotYetError):
        keep_up(table, Tree(fetch))

    state = read_state(table)
    assert state is not None
    assert (state.serial, state.target, state.trouble) == (2, 2, "")


def test_reason_is_forgotten_where_nothing_is_to_be_done(table: Table, tree: Tree) -> None:
    save("provider", provider_document("one"))
    publish()
    keep_up(table, tree)
    note_trouble(table, "current.json is missing.")

    assert keep_up(table, tree).did == CURRENT
    state = read_state(table)
    assert state is not None
    assert (state.trouble, state.trouble_at) == ("", "")

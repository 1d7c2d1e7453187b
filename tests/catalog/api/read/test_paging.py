"""Pages: together they are the whole list in its order, also while something is published between two of them."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.api.read import pinned
from catalog.api.read.paging import Order, Position, fold
from tests.cases import spread
from tests.catalog.api.read.registry import get, ids, walk
from tests.clock import Clock
from tests.factories import provider_document, publish, save

NAMES = [
    "Alpha",
    "alpha",
    "ALPHA beta",
    "Émile",
    "émile",
    "zeta",
    "Zeta 2",
    "Übung",
    "_x",
    "~",
    "日本",
    "a-b",
    "ab",
    "a b",
]
ORDERINGS = ("key", "-key", "name", "-name", "monthly_cost", "-monthly_cost", "updated", "-updated")
SEED = 11


def make(slug: str, chance: random.Random) -> dict[str, Any]:
    cost = chance.choice([None, 0, 5, 5, 10])
    return provider_document(
        slug,
        provider_type="cms",
        display_name=f"{chance.choice(NAMES)}",
        monthly_cost_range=None if cost is None else [cost, cost + 10],
    )


def expected(items: list[dict[str, Any]], ordering: str, times: dict[int | None, datetime | None]) -> list[str]:
    """Brute force: the ids in the order that was asked for."""
    name, is_descending = ordering.removeprefix("-"), ordering.startswith("-")
    items = sorted(items, key=lambda item: str(item["id"]))
    if name == "key":
        return ids(items[::-1] if is_descending else items)
    values: Callable[[dict[str, Any]], Any] = {
        "name": lambda item: fold(item["name"]),
        "monthly_cost": lambda item: item.get("monthly_cost_range", [None])[0],
        "updated": lambda item: times[item["serial"]],
    }[name]
    with_value = [item for item in items if values(item) is not None]
    # Python's sort keeps what is equal in the order of keys, backwards too.
    with_value.sort(key=values, reverse=is_descending)
    return ids(with_value) + ids([item for item in items if values(item) is None])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.mark.django_db
def test_pages_are_the_list_in_every_order(clock: Clock) -> None:
    chance = random.Random(SEED)
    times = {}
    for step in range(3):
        for number in range(8):
            save("provider", make(f"p{step}-{number}", chance))
        if step:
            save("provider", make(f"p{step - 1}-3", chance))
        snapshot = publish()
        times[snapshot.serial] = snapshot.published_at
        clock.now += timedelta(seconds=5)
    whole = get("/providers?limit=200").json()

    assert len(whole) == 24
    for ordering in ORDERINGS:
        for limit in (1, 5, 24, 200):
            assert ids(walk(f"/providers?ordering={ordering}&limit={limit}")) == expected(whole, ordering, times)
    assert walk("/providers?limit=7") == whole


@pytest.mark.django_db
@pytest.mark.parametrize("ordering", spread(ORDERINGS, fast=2))
def test_publish_between_pages_loses_and_doubles_nothing(ordering: str, clock: Clock) -> None:
    chance = random.Random(f"{SEED} {ordering}")
    slugs = [f"p{number:02}" for number in range(12)]
    for slug in slugs:
        save("provider", make(slug, chance))
    publish()
    path, seen, removed = f"/providers?ordering={ordering}&limit=2", [], set()

    for step in range(20):
        answer = get(path)
        assert answer.status_code == 200
        seen += ids(answer.json())
        link = answer.headers.get("Link")
        if link is None:
            break
        path = link[1:].partition(">")[0].removeprefix("http://testserver/api/v1")
        clock.now += timedelta(seconds=5)
        for slug in chance.sample(slugs, 4):
            if slug not in removed:
                save("provider", {**make(slug, chance), "best_for": f"Step {step}"})
        save("provider", make(f"new{step:02}", chance))
        gone = chance.choice(slugs)
        if step % 3 == 1 and gone not in removed:
            removed.add(gone)
            lifecycle = {"state": "removed", "since": "2030-01-01", "reason": "Over"}
            save("provider", {**provider_document(gone), "lifecycle": lifecycle})
        publish()

    assert len(seen) == len(set(seen))
    assert set(slugs) - removed <= set(seen)


@pytest.mark.django_db
def test_page_after_a_mass_change_says_that_the_list_must_be_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "MAX_MOVED", 2)
    chance = random.Random(SEED)
    for number in range(6):
        save("provider", make(f"p{number}", chance))
    publish()
    links = {ordering: get(f"/providers?ordering={ordering}&limit=1").headers["Link"] for ordering in ("name", "key")}
    for number in range(6):
        save("provider", {**make(f"p{number}", chance), "best_for": "Everybody"})
    publish()

    status = {
        ordering: get(link[1:].partition(">")[0].removeprefix("http://testserver/api/v1")).status_code
        for ordering, link in links.items()
    }

    assert status == {"name": 410, "key": 200}


@pytest.mark.django_db
def test_cursor_is_worth_nothing_under_another_key(settings: Settings) -> None:
    for number in range(2):
        save("provider", provider_document(f"p{number}"))
    publish()
    path = get("/providers?limit=1").headers["Link"][1:].partition(">")[0].removeprefix("http://testserver/api/v1")
    assert get(path).status_code == 200

    settings.SECRET_KEY = "another"

    assert get(path).status_code == 400


def test_rank_sorts_as_the_database_does() -> None:
    columns = {"name": "display_name"}
    texts = ["", "a", "ab", "abc", "b", "é", "日"]
    early, late = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 2, tzinfo=UTC)

    for order, values in (
        (Order("name", columns), texts),
        (Order("name", columns, is_descending=True), texts[::-1]),
        (Order("monthly_cost", columns), [0, 1, 2, None]),
        (Order("monthly_cost", columns, is_descending=True), [2, 1, 0, None]),
        (Order("updated", columns), [early, late]),
        (Order("updated", columns, is_descending=True), [late, early]),
    ):
        positions = [Position(value, key) for value in values for key in ("x", "y")]
        assert sorted(random.sample(positions, len(positions)), key=order.rank) == positions

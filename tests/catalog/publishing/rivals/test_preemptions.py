"""Two who act on one registry, in every order of one or two interruptions (G3): one wins, the other does no harm."""

import random
from collections.abc import Callable
from pathlib import Path
from pprint import pformat

import pytest
from django.db import transaction

from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.rivals.memory import MemoryStore
from tests.catalog.publishing.rivals.rivalries import RIVALRIES
from tests.catalog.publishing.rivals.stage import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_by_one", "ticking")]
MAX_REQUESTS = 500
# Two files cannot change as one: a refresh that has stood still since before a key was added, and goes on between the
# last two requests of that key's successor, leaves a pointer for a moment that no valid key has signed.
HEALS = {"a refresh and a rotation of keys"}


@pytest.fixture(params=["first is interrupted", "second is interrupted"])
def is_swapped(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "second is interrupted")


@pytest.fixture(params=["folder", "memory"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    if request.param == "memory":
        return MemoryStore
    made = iter(range(MAX_REQUESTS))
    return lambda: FileSystemStore(tmp_path / str(next(made)))


@pytest.mark.parametrize("rivalry", RIVALRIES)
def test_one_interruption_anywhere_does_no_harm(
    rivalry: str, is_swapped: bool, make_store: Callable[[], Store]
) -> None:
    stage = Stage(RIVALRIES[rivalry], make_store, is_swapped=is_swapped)
    wrong = {}
    for at in range(1, MAX_REQUESTS):
        found, (stopped,) = stage.play(at)
        if found:
            wrong[at] = found
        if not stopped:
            break

    assert not wrong, pformat(wrong, width=200)
    assert at > 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rivalry", RIVALRIES)
def test_two_interruptions_anywhere_do_no_harm(rivalry: str, is_swapped: bool) -> None:
    stage = Stage(RIVALRIES[rivalry], MemoryStore, is_swapped=is_swapped)
    wrong = {}
    for first in range(1, MAX_REQUESTS):
        for second in range(1, MAX_REQUESTS):
            found, stopped = stage.play(first, second)
            if rivalry in HEALS:
                found = [problem for problem in found if not problem.startswith("after ")]
            if found:
                wrong[first, second] = found
            if not all(stopped):
                break
        if not stopped[0]:
            break

    assert not wrong, pformat(wrong, width=200)
    assert first > 2


def test_random_orders_do_no_harm() -> None:
    """On top of the systematic ones: many interruptions of both."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(20):
        rivalry = chance.choice(sorted(RIVALRIES))
        stops = [chance.randint(1, 20) for _ in range(10)]
        with transaction.atomic():
            stage = Stage(RIVALRIES[rivalry], MemoryStore, is_swapped=chance.random() < 0.5)
            found, _ = stage.play(*stops)
            transaction.set_rollback(True)
        assert (seed, rivalry, stops, found) == (seed, rivalry, stops, [])

"""Two who act on one registry, in every order of one or two interruptions (G3): one wins, the other does no harm."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from pprint import pformat

import pytest
from django.db import transaction

from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.cases import spread
from tests.catalog.publishing.rivals.memory import MemoryStore
from tests.catalog.publishing.rivals.rivalries import RIVALRIES
from tests.catalog.publishing.rivals.stage import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_by_one", "ticking")]
MAX_REQUESTS = 500
# Two files cannot change as one: a refresh that has stood still since before a key was added, and goes on between the
# last two requests of that key's successor, leaves a pointer for a moment that no valid key has signed.
HEALS = {"a refresh and a rotation of keys"}


# Who is interrupted first matters only where the two do different things.
SIDES = [
    pytest.param(name, is_swapped, id=f"{name}, {'second' if is_swapped else 'first'} is interrupted")
    for name, rivalry in RIVALRIES.items()
    for is_swapped in ((False,) if rivalry.first is rivalry.second else (False, True))
]


# Folders refuse and allow the same as memory (the contract tests say so), and take three times as long.
@pytest.fixture(params=[pytest.param("folder", marks=pytest.mark.slow), "memory"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Makes an empty store; the one before it is gone."""

    def make_folder() -> Store:
        shutil.rmtree(tmp_path / "registry", ignore_errors=True)
        return FileSystemStore(tmp_path / "registry")

    return MemoryStore if request.param == "memory" else make_folder


@pytest.mark.parametrize(("rivalry", "is_swapped"), spread(SIDES, fast=3))
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
@pytest.mark.parametrize(("rivalry", "is_swapped"), SIDES)
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


@pytest.mark.slow
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

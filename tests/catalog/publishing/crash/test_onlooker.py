"""Somebody reads all the time, while hundreds of publishes and rollbacks go by and are killed at random (G4)."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.actions.snapshots import request_rollback, request_snapshot
from catalog.models import Snapshot
from catalog.publishing.candidate import collect_changes
from catalog.publishing.rollback import changes_back_to
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.mortal import HOWS, Life
from tests.catalog.publishing.crash.reader import torn, unlike
from tests.catalog.publishing.crash.works import publish_waiting, sweep_up
from tests.catalog.publishing.crash.writes import ROOT
from tests.catalog.publishing.histories import REMOVED
from tests.factories import provider_document, save

pytestmark = pytest.mark.django_db
SLUGS = [f"provider{number}" for number in range(8)]


def ask_for_something(chance: random.Random, round_number: int) -> None:
    """A Snapshot that waits: an earlier serial, or some providers changed, added or removed."""
    published = list(Snapshot.objects.filter(state__in=("live", "replaced")).values_list("serial", flat=True))
    serial = chance.choice(published or [None])
    if serial and chance.random() < 0.3 and changes_back_to(serial):
        request_rollback(serial=serial, by=None, reason="By chance.", in_background=False)
        return
    while not collect_changes():
        for slug in chance.sample(SLUGS, 3):
            lifecycle = REMOVED if chance.random() < 0.3 else None
            save("provider", provider_document(slug, display_name=f"Round {round_number}", lifecycle=lifecycle))
    request_snapshot(by=None, confirm_mass_change=True, in_background=False)


def publish_by_chance(store: FileSystemStore, chance: random.Random, *, rounds: int, first: int = 0) -> int:
    """How many publishes were killed; each is finished by a sweep. `first`: the number of the first round."""
    killed = 0
    for round_number in range(first, first + rounds):
        ask_for_something(chance, round_number)
        life = Life(at=chance.randint(1, 40), how=chance.choice(HOWS)) if chance.random() < 0.5 else Life()
        with life.lived():
            publish_waiting(store, life)
        killed += life.is_over
        sweep_up(store)
        assert Snapshot.objects.filter(state="live").count() == 1
    return killed


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reader_is_never_torn_by_publishes_rollbacks_and_kills(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    folder, stop = tmp_path / "registry", tmp_path / "stop"
    command = [sys.executable, "-m", "tests.catalog.publishing.crash.onlooker", str(folder), str(stop), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as onlooker:
        try:
            killed = publish_by_chance(FileSystemStore(folder), random.Random(seed), rounds=200)
        finally:
            stop.touch()
            said = json.loads(onlooker.communicate(timeout=60)[0])

    def fetch(path: str) -> bytes | None:
        return (folder / path).read_bytes() if (folder / path).exists() else None

    assert said["wrong"] == []
    assert (torn(fetch), unlike(fetch)) == ([], [])
    assert Snapshot.objects.filter(state__in=("live", "replaced")).count() >= 200
    assert (killed > 20, said["reads"] > 20, said["outlived"] > 5, len(said["serials"]) > 10) == (True,) * 4

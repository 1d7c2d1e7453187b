"""Clients of every kind read while publishes and rollbacks go by and are killed: never a mix, never backwards."""

import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.test_onlooker import publish_by_chance
from tests.catalog.publishing.crash.writes import ROOT
from tests.client.readers import KINDS, ReaderOf

pytestmark = pytest.mark.django_db


def test_every_kind_of_reader_sees_wholes_only(tmp_path: Path) -> None:
    folder, chance = tmp_path / "registry", random.Random(7)
    now = timezone.now().timestamp() + timedelta(hours=1).total_seconds()
    readers = [ReaderOf(kind, folder, tmp_path / "kept", lambda: now) for kind in KINDS]
    for number in range(4):
        publish_by_chance(FileSystemStore(folder), chance, rounds=1, first=number)
        for reader in readers:
            reader.look()
    for reader in readers:
        reader.end()

    assert [reader.notes.wrong for reader in readers] == [[]] * len(KINDS)
    assert [len(set(reader.notes.serials)) for reader in readers] == [4] * len(KINDS)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_readers_live_through_two_hundred_publishes_and_kills(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    folder, stop = tmp_path / "registry", tmp_path / "stop"
    now = timezone.now().timestamp() + timedelta(hours=1).total_seconds()
    chance = random.Random(seed)
    publish_by_chance(FileSystemStore(folder), chance, rounds=1)
    command = [sys.executable, "-m", "tests.client.readers", str(folder), str(stop), str(now)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as readers:
        try:
            killed = publish_by_chance(FileSystemStore(folder), chance, rounds=200, first=1)
        finally:
            stop.touch()
            said = json.loads(readers.communicate(timeout=120)[0])

    assert {kind: one["wrong"] for kind, one in said.items()} == {kind: [] for kind in KINDS}
    assert [kind for kind, one in said.items() if one["reads"] < 20 or one["serials"] < 10] == []
    assert killed > 20

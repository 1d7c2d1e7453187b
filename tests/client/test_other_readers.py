"""The adapter, readers of fixed paths, mirrors and the command, while publishes and rollbacks go by and are killed.

What each is promised: `other_readers.py`.
"""

import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from registry_client.cli.app import app
from registry_client.cli.mirror import pulling
from typer.testing import CliRunner

from catalog.actions.snapshots import request_rollback, request_snapshot
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.crash.mortal import HOWS, Life
from tests.catalog.publishing.crash.reader import read_whole
from tests.catalog.publishing.crash.test_onlooker import publish_by_chance
from tests.catalog.publishing.crash.works import publish_waiting, sweep_up
from tests.client.other_readers import OTHER_KINDS, ROOT, CommandReader, HttpReader, Served
from tests.client.readers import Files
from tests.client.serving import Server, serve
from tests.factories import save, stack_document

pytestmark = pytest.mark.django_db
STACKS = (("stack-0", "foundation"), ("stack-1", "foundation"), ("stack-2", "cms-tiers"))
# Before the pointer has moved, and at several fixed paths after that.
KILLED_AT = (5, 18, 20, 19)


def save_stacks(number: int) -> None:
    for slug, category in STACKS:
        save("stack", stack_document(slug, category=category, display_name=f"Round {number}"))


def publish_stacks_too(folder: Path, chance: random.Random, *, rounds: int, first: int = 0) -> int:
    """`publish_by_chance`, and now and then all stacks change at once. How many publishes were killed."""
    killed = 0
    for number in range(first, first + rounds):
        if not number or chance.random() < 0.4:
            save_stacks(number)
        killed += publish_by_chance(FileSystemStore(folder), chance, rounds=1, first=number)
    return killed


def later() -> float:
    return timezone.now().timestamp() + timedelta(hours=1).total_seconds()


def ask_here(arguments: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env=environment, prog_name="registry")
    return result.exit_code, result.stdout, result.stderr


def publish_and_die(folder: Path, *, number: int, at: int) -> bool:
    """All stacks change or go back, and the publisher is killed at this act. Whether fixed paths lag behind now."""
    store, life = FileSystemStore(folder), Life(at=at, how=HOWS[0])
    if number % 3:
        save_stacks(number)
        request_snapshot(by=None, confirm_mass_change=True, in_background=False)
    else:
        request_rollback(serial=1, by=None, reason="It was better.", in_background=False)
    with life.lived():
        publish_waiting(store, life)
    assert life.is_over
    whole = read_whole(Files(folder).get)
    assert whole is not None
    return int(json.loads((folder / "manifest.json").read_bytes())["serial"]) < whole.serial


def test_every_other_reader_gets_what_it_is_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "LAG_SECONDS", (0.0,))
    monkeypatch.setattr(os, "sync", lambda: None)
    folder, now, lags = tmp_path / "registry", later(), []
    publish_stacks_too(folder, random.Random(7), rounds=1)
    with serve(Server(Served(folder))) as address:
        readers = [kind(address, folder, tmp_path, lambda: now) for kind in OTHER_KINDS.values()]
        for number, at in enumerate(KILLED_AT, start=1):
            lags.append(publish_and_die(folder, number=number, at=at))
            look_here(readers)
            sweep_up(FileSystemStore(folder))
            look_here(readers)
        for reader in readers:
            reader.end()

    whole = read_whole(Files(folder).get)
    assert whole is not None
    assert [reader.notes.wrong for reader in readers] == [[]] * len(OTHER_KINDS)
    assert [reader.notes.serials[-1] for reader in readers] == [whole.serial] * len(OTHER_KINDS)
    assert lags == [False, True, True, True]


def look_here(readers: list[HttpReader]) -> None:
    for reader in readers:
        if isinstance(reader, CommandReader):
            reader.ask = ask_here
        reader.look()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_other_readers_live_through_two_hundred_publishes_and_kills(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    folder, stop, chance = tmp_path / "registry", tmp_path / "stop", random.Random(seed)
    publish_stacks_too(folder, chance, rounds=1)
    command = [sys.executable, "-m", "tests.client.other_readers", str(folder), str(stop), str(later())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as readers:
        try:
            killed = publish_stacks_too(folder, chance, rounds=200, first=1)
        finally:
            stop.touch()
            said = json.loads(readers.communicate(timeout=120)[0])

    assert {kind: one["wrong"] for kind, one in said.items()} == {kind: [] for kind in OTHER_KINDS}
    assert [kind for kind, one in said.items() if one["reads"] < 20 or one["serials"] < 10] == []
    assert killed > 20

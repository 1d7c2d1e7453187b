"""Folders of runs: held while their worker lives, removed once it is dead, and nothing else with them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deployments.sandbox.confinement import confined
from deployments.sandbox.egress import serve_egress
from deployments.sandbox.limits import Limits
from deployments.sandbox.temporary import SANDBOX, remove_forgotten, temporary_folder

LONG_AGO = time.time() - timedelta(days=3).total_seconds()
DIE_INSIDE = """
import os, subprocess
from deployments.sandbox.temporary import SANDBOX, temporary_folder
with temporary_folder(SANDBOX) as folder:
    (folder / "0").mkdir()
    (folder / "passwd").touch()
    # What outlives it does not hold the folder.
    subprocess.Popen(["sleep", "5"])
    os.abort()
"""


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test, whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def left_behind(temporary: Path, name: str = f"{SANDBOX}old") -> Path:
    folder = temporary / name
    folder.mkdir()
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return folder


def age(folder: Path) -> None:
    os.utime(folder, (LONG_AGO, LONG_AGO), follow_symlinks=False)


def test_what_a_killed_worker_left_goes_once_it_is_old(temporary: Path) -> None:
    subprocess.run([sys.executable, "-c", DIE_INSIDE], env={**os.environ, "TMPDIR": str(temporary)}, check=False)
    (left,) = temporary.iterdir()

    remove_forgotten()
    young = left.is_dir()
    age(left)
    remove_forgotten()

    assert (young, list(temporary.iterdir())) == (True, [])


@pytest.mark.parametrize("prefix", ["registry-sandbox-", "registry-egress-"])
def test_what_is_held_stays_however_old(prefix: str, temporary: Path) -> None:
    with temporary_folder(prefix) as folder:
        age(folder)
        remove_forgotten()
        was_there = folder.is_dir()

    assert (was_there, list(temporary.iterdir())) == (True, [])


def test_folders_of_the_sandbox_and_of_its_way_out_are_held(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.sandbox.egress._find_python", lambda: "python3")
    with serve_egress(["registry.test"]), confined([], cwd="/", env={}, limits=Limits()):
        made = sorted(temporary.iterdir())
        for folder in made:
            age(folder)
        remove_forgotten()
        kept = sorted(temporary.iterdir())

    assert [each.name.rpartition("-")[0] for each in made] == ["registry-egress", "registry-sandbox"]
    assert (kept, list(temporary.iterdir())) == (made, [])


def test_link_of_the_name_leads_nowhere(temporary: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    age(kept)
    link = temporary / f"{SANDBOX}link"
    link.symlink_to(kept)
    age(link)

    with capture_logs() as logs:
        remove_forgotten()

    assert (link.is_symlink(), [each.name for each in kept.iterdir()], logs) == (True, ["file"], [])


def test_links_within_go_and_lead_nowhere(temporary: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = left_behind(temporary)
    (folder / "0").symlink_to(kept)
    age(folder)

    remove_forgotten()

    assert (folder.exists(), [each.name for each in kept.iterdir()]) == (False, ["file"])


def test_place_that_shows_something_stays_and_is_in_nobodys_way(temporary: Path) -> None:
    shows, other = left_behind(temporary), left_behind(temporary, f"{SANDBOX}other")
    (shows / "0").mkdir()
    (shows / "0" / "file").touch()
    age(shows)

    with capture_logs() as logs:
        remove_forgotten()

    assert ((shows / "0" / "file").exists(), other.exists()) == (True, False)
    assert [each["event"] for each in logs] == ["left_behind"]


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give folders to somebody else")
def test_folder_of_somebody_else_stays(temporary: Path) -> None:
    folder = left_behind(temporary)
    os.chown(folder, 60_999, 60_999)

    remove_forgotten()

    assert folder.is_dir()


@pytest.mark.parametrize("name", ["registry-tests-old", "registry-sandbox", "sandbox-old"])
def test_other_names_stay(name: str, temporary: Path) -> None:
    folder = left_behind(temporary, name)

    remove_forgotten()

    assert folder.is_dir()

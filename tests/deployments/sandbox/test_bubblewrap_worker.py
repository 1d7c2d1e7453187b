import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.contract import PermanentError
from deployments.sandbox import bubblewrap
from deployments.sandbox.bubblewrap import sandbox_problem
from deployments.sandbox.temporary import remove_forgotten
from tests.deployments.sandbox.boxes import Box, processes_of, wait_until
from tests.deployments.tools import needs_sandbox

pytestmark = [pytest.mark.tools, needs_sandbox]


def worker(folder: Path, script: str) -> list[str]:
    """Command line of a process that runs the script in a sandbox."""
    code = f"""
from pathlib import Path
from django.conf import settings
from deployments.sandbox.bubblewrap import run_sandboxed
from deployments.sandbox.processes import Watch
settings.configure(REGISTRY_SANDBOX_LIMITS={{}})
run_sandboxed(["sh", "-c", {script!r}], cwd=Path({str(folder)!r}), watch=Watch(print, int, 99))
"""
    return [sys.executable, "-c", code]


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else")
@pytest.mark.skipif(not shutil.which("python3", path="/usr/bin"), reason="Needs python3 (Debian package python3)")
def test_worker_that_is_not_root_has_the_same_sandbox() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 60_999, 60_999)
        _, *rest = worker(Path(folder), "id -u; touch made; ls; ls /home /root /var 2>&1 | grep -c 'No such file'")
        done = subprocess.run(
            ["setpriv", "--reuid=60999", "--regid=60999", "--clear-groups", "--", "/usr/bin/python3", *rest],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": ":".join([str(Path.cwd()), *sys.path])},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.stdout.splitlines(), done.stderr) == (["60999", "made", "3"], "")


def test_killed_worker_takes_its_build_with_it(tmp_path: Path) -> None:
    with subprocess.Popen(worker(tmp_path, "setsid sleep 99.7006 & sleep 99.7006")) as killed:
        wait_until(lambda: len(processes_of("sleep 99.7006")) > 2)
        killed.kill()
    wait_until(lambda: processes_of("99.7006") == [])


def test_folder_that_a_killed_worker_leaves_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder)
        # The sandbox's user comes by.
        temporary.chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setattr("deployments.sandbox.temporary.FORGOTTEN_AFTER", timedelta(0))
        with subprocess.Popen(worker(tmp_path, "sleep 99.7007"), env={**os.environ, "TMPDIR": folder}) as killed:
            wait_until(lambda: len(processes_of("sleep 99.7007")) > 1)
            remove_forgotten()
            held = list(temporary.iterdir())
            killed.kill()
        wait_until(lambda: processes_of("99.7007") == [])

        remove_forgotten()

        assert ([each.name[:17] for each in held], list(temporary.iterdir())) == (["registry-sandbox-"], [])


@pytest.fixture
def unproved() -> Any:
    bubblewrap._prove.cache_clear()
    yield
    bubblewrap._prove.cache_clear()


def test_worker_without_bubblewrap_refuses_and_names_the_package(
    box: Box, monkeypatch: pytest.MonkeyPatch, unproved: None
) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda tool, **options: None if tool == "bwrap" else which(tool, **options))
    problem = "There is no sandbox on this worker: install the Debian package bubblewrap."
    assert sandbox_problem() == problem
    with pytest.raises(PermanentError, match=problem) as caught:
        box.run("touch ran")
    assert (caught.value.hint, list(box.folder.iterdir())) == (
        "Builders that run programs are refused until then; the others work.",
        [],
    )


def test_worker_whose_kernel_refuses_says_what_bubblewrap_says(monkeypatch: pytest.MonkeyPatch, unproved: None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        fake = Path(folder, "bwrap")
        fake.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2; exit 1\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        assert "No permissions to create new namespace" in sandbox_problem()


def test_machine_with_a_sandbox_has_no_problem(unproved: None) -> None:
    assert sandbox_problem() == ""

"""A disk that is full, for real: what was live stays, a person is told, and with room again it goes on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from deployments.models import Deployment, Service
from tests.deployments.runs import attempt, run
from tests.deployments.services import make_service

DISK_BYTES = 1 << 20
PAGE = "x" * 60_000
pytestmark = [
    pytest.mark.usefixtures("in_process"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Needs root, who may mount a file system"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={DISK_BYTES},mode=0755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"No file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """A file that takes what room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


@pytest.mark.parametrize("where", ["WORK_DIR", "ARTIFACT_DIR", "SITES_DIR"])
def test_full_disk_leaves_what_is_live_and_is_told(where: str, disk: Path, settings: Any) -> None:
    setattr(settings, f"REGISTRY_{where}", disk / "folder")
    service = make_service(source_config={"files": {"index.html": "one"}})
    assert run(service).state == "succeeded"
    live = settings.REGISTRY_SITES_DIR / "site" / "current" / "index.html"
    Service.objects.update(source_config={"files": {"index.html": PAGE}})
    service.refresh_from_db()

    ballast = fill(disk)
    deployment = run(service)
    told = (deployment.error_kind, f"{deployment.error_message} {deployment.error_hint}".lower(), live.read_text())
    ballast.unlink()
    Deployment.objects.filter(pk=deployment.pk).update(after=timezone.now())
    done = attempt(deployment)

    kind, words, was_live = told
    assert (kind, was_live) == ("transient", "one"), words
    assert "full" in words or "no space left" in words
    assert (done.state, done.attempt, done.error_message, live.read_text()) == ("succeeded", 2, "", PAGE)

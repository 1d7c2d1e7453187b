"""What a sweep removes: folders that nobody holds, never those of somebody who just began, and never in the way."""

import os
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from deployments.actions.requests import request_deployment
from deployments.runner import claims, folders
from deployments.runner.running import sweep_deployments
from tests.deployments.fakes import Script
from tests.deployments.runs import make_fake_service

pytestmark = pytest.mark.usefixtures("in_process", "script")


def left_behind(name: str) -> Path:
    path: Path = settings.REGISTRY_WORK_DIR / name
    path.mkdir(parents=True)
    return path


def test_sweep_removes_folders_files_and_links_that_nobody_holds(tmp_path: Path) -> None:
    folder, kept = left_behind("one.two"), tmp_path / "kept"
    kept.mkdir()
    (settings.REGISTRY_WORK_DIR / ".nfs0001").write_text("")
    (settings.REGISTRY_WORK_DIR / "link").symlink_to(kept)

    sweep_deployments(poke=lambda pk: None)

    assert (folder.exists(), list(settings.REGISTRY_WORK_DIR.iterdir()), kept.is_dir()) == (False, [], True)


def test_sweep_removes_what_killed_workers_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "registry-sandbox-left"
    left.mkdir()
    os.utime(left, (0, 0))

    sweep_deployments(poke=lambda pk: None)

    assert not left.exists()


def test_what_cannot_be_removed_keeps_nobody_from_being_poked(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = request_deployment(make_fake_service(), by=None)
    left_behind("one.two")
    other, real = left_behind("three.four"), folders.remove_tree

    def refuse(folder: Path) -> None:
        if folder.name == "one.two":
            raise PermissionError(13, "Permission denied", str(folder))
        real(folder)

    monkeypatch.setattr(folders, "remove_tree", refuse)
    poked: list[UUID] = []

    sweep_deployments(poke=poked.append)

    assert (poked, other.exists()) == ([waiting.pk], False)


def test_folder_that_was_made_during_a_sweep_stays(script: type[Script], monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, real = request_deployment(make_fake_service(), by=None), claims.leases
    left_behind("one.two")
    made: list[Path] = []

    def claim_after(*arguments: Any) -> list[UUID]:
        found = real(*arguments)
        lease = claims.claim(waiting.pk)
        assert lease is not None
        made.append(folders.work_folder(waiting.pk, lease))
        made[0].mkdir()
        return found

    monkeypatch.setattr(claims, "leases", claim_after)

    sweep_deployments(poke=lambda pk: None)

    assert list(settings.REGISTRY_WORK_DIR.iterdir()) == made

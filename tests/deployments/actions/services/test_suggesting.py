"""Builders proposed from files: only of sources that are here, within seconds, and nothing stays behind."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deployments.actions.errors import RefusedError
from deployments.actions.services import suggesting
from deployments.actions.services.suggesting import can_suggest, suggest_builders

HUGO = {"files": {"hugo.toml": "title = 'x'"}}


def test_builders_that_fit_the_files_are_proposed() -> None:
    assert [each.spec for each in suggest_builders("inline@1", HUGO)] == ["hugo@1"]


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    suggest_builders("inline@1", HUGO)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["git@1", "github@1", "http-archive@1", "s3-archive@1", "gone@1"])
def test_nothing_is_fetched_over_a_network(spec: str) -> None:
    assert not can_suggest(spec)
    with pytest.raises(RefusedError, match="Only files that are here already are looked at"):
        suggest_builders(spec, {})


def test_upload_that_is_not_there_is_told(settings: Any, tmp_path: Path) -> None:
    settings.REGISTRY_UPLOAD_DIR = tmp_path

    with pytest.raises(RefusedError, match="The source cannot be looked at: There is no upload"):
        suggest_builders("upload@1", {"artifactId": str(uuid4())})


def test_large_source_is_given_up(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REGISTRY_UPLOAD_DIR = tmp_path
    upload = str(uuid4())
    (tmp_path / upload).write_bytes(b"x" * 100)
    monkeypatch.setattr(suggesting, "MAX_SECONDS", 0.0)

    with pytest.raises(RefusedError, match="Looking at the source takes too long here"):
        suggest_builders("upload@1", {"artifactId": upload})

"""Folders of the engine beneath each test's own, and fake backends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployments.fakes import Script, installed


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, settings: Any) -> None:
    for name in ("WORK_DIR", "CACHE_DIR", "ARTIFACT_DIR", "SITES_DIR", "SECRETS_KEYRING"):
        setattr(settings, f"REGISTRY_{name}", tmp_path / "engine" / name.lower())


@pytest.fixture
def script() -> Iterator[type[Script]]:
    """What the fake backends are told to do."""
    with installed() as told:
        yield told

"""Folders of the engine beneath each test's own, and fake backends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.actions import requests
from deployments.actions.services import looks
from deployments.runner import hold
from tests.deployments.drafts import publish_catalogue
from tests.deployments.fakes import Script, installed


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, settings: Any) -> None:
    for name in ("WORK_DIR", "CACHE_DIR", "ARTIFACT_DIR", "SITES_DIR", "SECRETS_KEYRING"):
        setattr(settings, f"REGISTRY_{name}", tmp_path / "engine" / name.lower())


@pytest.fixture
def catalogue(db: None) -> None:
    """What the drafts of tests are made with, published."""
    publish_catalogue()


@pytest.fixture
def script() -> Iterator[type[Script]]:
    """What the fake backends are told to do."""
    with installed() as told:
        yield told


@pytest.fixture
def in_process(flushable: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears the pokes: the test says what runs when.

    The thread that keeps the lease has a connection of its own, and SQLite in memory lets nobody wait: it sleeps.
    """
    monkeypatch.setattr(hold, "POLL_SECONDS", 60)
    monkeypatch.setattr(requests, "poke", lambda pk: None)
    monkeypatch.setattr(looks, "poke_look", lambda pk: None)

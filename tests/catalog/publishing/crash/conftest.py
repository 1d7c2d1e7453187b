"""A clock that a test moves, uploads in one order, and a file of keys of its own."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.catalog.publishing.crash.works import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture(autouse=True)
def _uploads_in_one_order(one_by_one: None) -> None:
    """Every test here counts requests."""


@pytest.fixture(autouse=True)
def _own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.REGISTRY_SIGNING_KEY_FILE = tmp_path / "keys" / "signing-key.pem"

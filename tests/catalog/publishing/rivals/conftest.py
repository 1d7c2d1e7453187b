"""A clock that never stands still, and a file of keys of its own."""

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.catalog.publishing.rivals.rivalries import TickingClock


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", TickingClock())


@pytest.fixture(autouse=True)
def _own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.REGISTRY_SIGNING_KEY_FILE = tmp_path / "keys" / "signing-key.pem"

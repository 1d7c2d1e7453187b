"""A folder for the uploads of each test."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.REGISTRY_UPLOAD_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"

"""A sandbox with a folder of its own."""

from pathlib import Path

import pytest

from tests.deployments.sandbox.boxes import Box


@pytest.fixture
def box(tmp_path: Path) -> Box:
    folder = tmp_path / "source"
    folder.mkdir(mode=0o700)
    return Box(folder)

"""Folders and contexts as a deployment has them."""

from pathlib import Path

import pytest

from tests.deployments.builds.boxed import BoxedContext


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "source"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def into(tmp_path: Path, tree: Path) -> Path:
    folder = tmp_path / "work" / "artifact"
    folder.mkdir()
    return folder


@pytest.fixture
def context(tmp_path: Path, tree: Path) -> BoxedContext:
    cache = tmp_path / "cache"
    cache.mkdir()
    return BoxedContext(tmp_path / "work", cache)

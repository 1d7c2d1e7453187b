"""A small registry: live entries of every kind, changed, removed and renamed ones, and some that are not live yet."""

import pytest

from tests.catalog.api.read.registry import publish_first, publish_second, save_more


@pytest.fixture
def registry(db: None) -> None:
    """Serial 2 is live, and more is waiting."""
    publish_first()
    publish_second()
    save_more()

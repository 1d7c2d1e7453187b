"""A small registry: live entries of every kind, changed, removed and renamed ones, and some that are not live yet."""

import os

import pytest

from tests.catalog.api.read.registry import publish_first, publish_second, save_more


@pytest.fixture(autouse=True)
def _no_waiting_for_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def registry(db: None) -> None:
    """Serial 2 is live, and more is waiting."""
    publish_first()
    publish_second()
    save_more()

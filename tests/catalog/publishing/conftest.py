"""Stores of both kinds, a published tree, a clock that stands still, uploads in one order."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from moto import mock_aws
from pytest_django import DjangoDbBlocker

from catalog.publishing import upload
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.stores.s3 import S3Store
from tests.catalog.publishing.histories import approve_first_step, approve_second_step
from tests.catalog.publishing.trees import Tree
from tests.clock import NOON, Clock
from tests.factories import publish
from tests.stores import InlineExecutor, make_bucket_store, read_tree


@pytest.fixture
def folder_store(tmp_path: Path) -> FileSystemStore:
    return FileSystemStore(tmp_path / "registry")


@pytest.fixture
def bucket_store() -> Iterator[S3Store]:
    with mock_aws():
        yield make_bucket_store(prefix="published")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    chosen: Store = request.getfixturevalue(f"{request.param}_store")
    return chosen


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Everything happens at noon."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return NOON


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Everything happens at noon, until the test moves the clock."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads in the publisher's own thread, so that requests have one order and others may act between them."""
    monkeypatch.setattr(upload, "ThreadPoolExecutor", InlineExecutor)


@pytest.fixture(scope="session")
def whole(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The files of a registry with two snapshots; the database is empty again. For tests marked `django_db`."""
    store = FileSystemStore(tmp_path_factory.mktemp("whole"))
    with django_db_blocker.unblock(), transaction.atomic():
        approve_first_step()
        publish(store)
        approve_second_step()
        publish(store)
        transaction.set_rollback(True)
    return read_tree(store)


@pytest.fixture
def tree(whole: Tree) -> Tree:
    return dict(whole)

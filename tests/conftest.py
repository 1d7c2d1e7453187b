"""Fixtures for every test: people, a store of its own, and a database whose append-only trigger can be flushed."""

import gc
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from catalog.actions.roles import create_roles
from catalog.migrations._append_only import TABLES, create_triggers, drop_triggers
from registry_site.env import StoreAddress
from tests.cases import keep_few

# Of a test with many cases; the others run in `make test-slow`. With another database the cases are the same.
FAST_CASES = 1 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 2
# Kills and rivals of a publish, and attacks on readers, are tried whole in every run; flows and pages in a browser run
# apart.
WHOLE = (
    "tests/catalog/publishing/crash/",
    "tests/catalog/publishing/rivals/",
    "tests/client/test_attacks.py",
    "tests/flows/",
    "tests/browser/",
)
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The roles are there from the start, as in every registry: to make them takes longer than most tests."""
    with django_db_blocker.unblock():
        create_roles()
    if connection.vendor == "postgresql":
        # TRUNCATE writes new files for every table and index, many times slower than deleting a few rows.
        connection.ops.sql_flush = _delete_rows  # type: ignore[assignment, method-assign]


def _delete_rows(_style: object, tables: Sequence[str], **_options: bool) -> list[str]:
    return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]


@pytest.fixture(autouse=True)
def _own_store(settings: Settings, tmp_path: Path) -> None:
    settings.REGISTRY_STORE = StoreAddress(folder=tmp_path / "registry")


@pytest.fixture(autouse=True)
def _no_waiting_for_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here must outlive the machine; `check_content_is_flushed_before_it_is_renamed` looks after flushing."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be reached, and no name is looked up; `test_network` proves that this works."""
    connect = socket.socket.connect

    def local_connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"A test reached for the network: {address}")
        connect(self, address)  # type: ignore[arg-type]

    look_up = socket.getaddrinfo

    def local_look_up(host: object, *arguments: Any, **options: Any) -> Any:
        if host not in (None, "", "127.0.0.1", "::1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, f"A test looked up {host!r}")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", local_connect)
    monkeypatch.setattr(socket, "getaddrinfo", local_look_up)


@pytest.fixture
def editor(db: None) -> User:
    return User.objects.create_user("editor")


@pytest.fixture
def publisher(db: None) -> User:
    return User.objects.create_user("publisher")


@pytest.fixture
def flushable(transactional_db: None) -> Iterator[None]:
    """For tests with real transactions: lifts the append-only triggers at the end, so that tables can be emptied.

    Ask for this instead of `transactional_db`, and without the mark `django_db`, which would flush too late: this ends
    before the flush of `transactional_db`.
    """
    yield
    with connection.schema_editor() as editor:
        for table in TABLES:
            drop_triggers(editor, table)


@pytest.fixture(autouse=True)
def _as_it_was_before_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """Puts triggers and roles back after the flush: this ends after the fixtures that a test asks for by name."""
    yield
    if "transactional_db" not in request.fixturenames:
        return
    with request.getfixturevalue("django_db_blocker").unblock():
        if "flushable" in request.fixturenames:
            with connection.schema_editor() as editor:
                for table in TABLES:
                    create_triggers(editor, table)
        create_roles()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Before the marks are looked at, and after pytest-django has put tests in an order of its own."""
    keep_few(items, fast=FAST_CASES, whole=WHOLE)
    for item in items:
        if not _needs_services(item):
            item.add_marker("plain")
    yield
    # They wait for processes, and at the end of a run everybody would wait for them.
    items.sort(key=lambda item: not item.nodeid.startswith("tests/flows/"))


def _needs_services(item: pytest.Item) -> bool:
    """Whether it may meet the database or broker of this run; pytest-django lets no other test at the database."""
    fixtures = getattr(item, "fixturenames", ())
    is_marked = any(item.get_closest_marker(name) for name in ("django_db", "services"))
    return is_marked or not DATABASE_FIXTURES.isdisjoint(fixtures)


def pytest_runtestloop() -> None:
    """What was imported and collected stays to the end; the garbage collector need not look at it again and again."""
    gc.freeze()

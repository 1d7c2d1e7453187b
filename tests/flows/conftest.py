"""A database and a broker that belong to one test, or to one module."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from redis import Redis

# Tests run beside each other: each takes the first of these that nobody holds.
REDIS_DATABASES = range(9, 16)
LONGEST_SECONDS = 1200


@pytest.fixture
def services() -> Iterator[dict[str, str]]:
    """What belongs to one test; see `own_services`."""
    with own_services() as own:
        yield own


@pytest.fixture(scope="module")
def shared_services() -> Iterator[dict[str, str]]:
    """What the tests of one module share, where a registry of its own for each would take too long."""
    with own_services() as own:
        yield own


@contextmanager
def own_services() -> Iterator[dict[str, str]]:
    """DATABASE_URL of a new database, dropped afterwards, and CELERY_BROKER_URL of a Redis database that is emptied."""
    database, broker = os.environ.get("DATABASE_URL", ""), os.environ.get("CELERY_BROKER_URL", "")
    if not database.startswith("postgres") or not broker.startswith("redis"):
        pytest.skip("DATABASE_URL names no PostgreSQL and CELERY_BROKER_URL no Redis: use make test-services")
    name, server = f"registry_flow_{uuid.uuid4().hex[:12]}", urlsplit(database)._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection, own_broker(broker) as own:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield {"DATABASE_URL": urlsplit(database)._replace(path=f"/{name}").geturl(), "CELERY_BROKER_URL": own}
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def own_broker(url: str) -> Iterator[str]:
    """Address of a Redis database that nobody else uses, on the server of `url`."""
    for number in REDIS_DATABASES:
        own = urlsplit(url)._replace(path=f"/{number}").geturl()
        with Redis.from_url(own) as client:
            if client.set("held by a test", 1, nx=True, ex=LONGEST_SECONDS):
                client.delete("publish", *(key for key in client.scan_iter() if key != b"held by a test"))
                try:
                    yield own
                finally:
                    client.flushdb()
                return
    pytest.skip(f"Other tests hold the Redis databases {REDIS_DATABASES.start} to {REDIS_DATABASES.stop - 1}")

"""The databases that a benchmark runs on: SQLite in a folder, and PostgreSQL if one is running here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

SERVER = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Name -> DATABASE_URL, each empty; the one on the server is dropped at the end."""
    found = {"SQLite": f"sqlite:///{folder / 'bench.sqlite3'}"}
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.Error:
        yield found
        return
    name = f"bench_{os.getpid()}"
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield found | {"PostgreSQL": f"{SERVER.rpartition('/')[0]}/{name}"}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")

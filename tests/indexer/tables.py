"""A table that moto answers for, in process; and looking at what is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pytest_django import Settings

from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store
from catalog.search import health
from catalog.search.dynamodb import open_search_table
from indexer.clients import new_client
from indexer.codec import unpack
from indexer.counts import read_counts
from indexer.items import Version, version_of_item
from indexer.state import PK
from indexer.table import SHAPE, Table
from indexer.tree import Tree
from indexer.upkeep import keep_up

NAME = "index-under-test"
SESSION = boto3.Session()


class ScanRefusedError(AssertionError):
    """Somebody scans."""


@contextmanager
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in this process, empty."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        # A session of its own would read the descriptions of the services anew, longer than a test takes.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", SESSION)
        yield


@pytest.fixture
def search_table(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """The table that the settings name, empty; searches are answered from it. Nothing seen of others is remembered."""
    settings.REGISTRY_SEARCH = "dynamodb"
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    with emulated(monkeypatch):
        made = make_table(settings.REGISTRY_SEARCH_TABLE)
        open_search_table.cache_clear()
        open_search_table().client.meta.events.register("before-call.dynamodb.Scan", _refuse)
        yield made
    open_search_table.cache_clear()


def index_published() -> None:
    """As the Lambda does when a publish is through."""
    keep_up(open_search_table(), tree_of(open_store()))


def make_table(name: str = NAME) -> Table:
    client = new_client("dynamodb")
    client.create_table(TableName=name, **SHAPE)
    client.meta.events.register("before-call.dynamodb.Scan", _refuse)
    return Table(client, name, pause=lambda _seconds: None)


def tree_of(store: Store) -> Tree:
    def fetch(path: str) -> bytes | None:
        stored = store.get(path)
        return stored.content if stored else None

    return Tree(fetch)


def everything(table: Table) -> list[dict[str, Any]]:
    """All items, in order. Tests may look at the whole table; the product may not."""
    client = boto3.client("dynamodb")
    found = [unpack(item) for item in client.scan(TableName=table.name)["Items"]]
    return sorted(found, key=lambda item: (item["pk"], item["sk"]))


def versions(table: Table) -> list[Version]:
    return [version_of_item(item) for item in everything(table) if item["pk"].endswith(".json") and "serial" in item]


def answers(table: Table) -> list[dict[str, Any]]:
    """What searches of the live generation can see: its rows, items and counts, without its name."""
    (state,) = [item for item in everything(table) if item["pk"] == PK and item["sk"] == "live"]
    generation, serial = state["generation"], state["serial"]
    seen = []
    for item in everything(table):
        is_of_it = item["pk"].startswith(f"{generation}#") or f"{generation}#" in item["sk"]
        if (
            is_of_it
            and "serial" in item
            and "removed" not in item
            and item["serial"] <= serial < item.get("until", serial + 1)
        ):
            seen.append(
                {
                    name: value.replace(generation, "") if isinstance(value, str) else value
                    for name, value in item.items()
                    if name not in ("until", "expires_at")
                }
            )
    counts = read_counts(table, generation, serial)
    return [*seen, {"counts": counts.to_bytes() if counts else None}]


def _refuse(**_call: Any) -> None:
    raise ScanRefusedError("A search that scans reads the whole table.")

"""The bucket in memory keeps what the contract of all stores promises, and has one winner among many threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from typing import Any

import pytest

from catalog.publishing.stores.base import PreconditionError, Store
from tests.catalog.publishing.rivals.memory import MemoryStore
from tests.catalog.publishing.stores import test_contract

CONTRACT = {
    name: check
    for name, check in vars(test_contract).items()
    if name.startswith("test_") and "store" in signature(check).parameters
}
CONTENTS = [b"", b"{}", bytes(range(256)) * 300]


@pytest.mark.parametrize("name", CONTRACT)
def test_memory_keeps_the_contract(name: str) -> None:
    check: Callable[..., Any] = CONTRACT[name]
    for arguments in (
        [{"content": content} for content in CONTENTS] if "content" in signature(check).parameters else [{}]
    ):
        check(store=MemoryStore(), **arguments)


def test_contract_is_not_empty() -> None:
    assert len(CONTRACT) >= 12


def winners(write: Callable[[Store, int], bool], store: Store) -> int:
    """How many of eight that start together believe that they have written."""
    start = threading.Barrier(8)

    def wait_and_write(writer: int) -> bool:
        start.wait()
        return write(store, writer)

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(wait_and_write, range(8)))


def replace(store: Store, writer: int) -> bool:
    try:
        store.put_if_match("current.json", b"%d" % writer, etag=MemoryStore({"a": b"seen"}).get("a").etag)  # type: ignore[union-attr]
    except PreconditionError:
        return False
    return True


def test_conditional_writes_in_memory_have_one_winner() -> None:
    for _ in range(100):
        assert winners(lambda store, writer: store.put_if_absent("one.json", b"%d" % writer), MemoryStore()) == 1
        assert winners(replace, MemoryStore({"current.json": b"seen"})) == 1

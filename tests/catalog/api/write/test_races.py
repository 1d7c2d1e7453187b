"""Programs that write at the same moment: one wins, the others are told, nothing is done twice."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from catalog.models import Alias, IdempotencyKey, Provider, Revision
from tests.catalog.api.write.programs import BULK, PROVIDERS, SANITY_AT, newest, send, write, writer
from tests.factories import SANITY, provider_document, save

IS_POSTGRESQL = connection.vendor == "postgresql"
THREADS = 5
KEY = "providers/cms/sanity"
pytestmark = [
    pytest.mark.usefixtures("flushable" if IS_POSTGRESQL else "database_file"),
    *([pytest.mark.services] if IS_POSTGRESQL else []),
]


@pytest.fixture
def database_file(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """SQLite in a file, which is what is deployed: connections to one in memory do not wait for each other."""
    file, options = tmp_path / "rivals.sqlite3", connections.settings["default"]
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)
    name, options["NAME"] = options["NAME"], str(file)
    yield
    options["NAME"] = name


def on_connection(call: Callable[[], Any]) -> Any:
    """The result of `call` on a connection of a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_closing, call).result()


def together(call: Callable[[Client, int], Any]) -> list[Any]:
    """`call` of several clients with one token, and their numbers, all at the same moment."""
    authorization = on_connection(lambda: writer().defaults["HTTP_AUTHORIZATION"])
    barrier = Barrier(THREADS)

    def run(number: int) -> Any:
        # What one client remembers of its request is no other's.
        client = Client(headers={"Authorization": authorization})
        connection.ensure_connection()
        barrier.wait(timeout=20)
        return call(client, number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda number: _closing(lambda: run(number)), range(THREADS)))


def _closing(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


def test_of_patches_with_one_etag_one_wins() -> None:
    on_connection(lambda: save("provider", SANITY))

    def patch(client: Client, number: int) -> Any:
        return send(client, "PATCH", SANITY_AT, write({"display_name": f"Name {number}"}), If_Match='"1"')

    answers = together(patch)

    assert sorted(answer.status_code for answer in answers) == [200, *[412] * (THREADS - 1)]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert {answer.headers["ETag"] for answer in answers} == {'"2"'}
    assert on_connection(lambda: newest(KEY).document) == won.json()["document"]
    assert on_connection(Revision.objects.count) == 2


def test_of_requests_with_one_key_one_is_done() -> None:
    body = write(provider_document())

    answers = together(lambda client, _: send(client, "POST", PROVIDERS, body, Idempotency_Key="key-1"))

    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}
    assert 201 in statuses
    fresh = [answer for answer in answers if answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers]
    assert len(fresh) == 1
    assert on_connection(lambda: (Revision.objects.count(), IdempotencyKey.objects.count())) == (1, 1)


def test_of_those_who_make_one_entry_one_wins() -> None:
    answers = together(lambda client, _: send(client, "POST", PROVIDERS, write(provider_document())))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (THREADS - 1)]
    assert on_connection(lambda: (Provider.objects.count(), Revision.objects.count())) == (1, 1)


def test_many_that_cross_each_other_do_not_lock_up() -> None:
    slugs = [f"cms-{number}" for number in range(6)]
    on_connection(lambda: [save("provider", provider_document(slug)) for slug in slugs])

    def bulk(client: Client, number: int) -> Any:
        order = slugs if number % 2 else slugs[::-1]
        items = [
            {"kind": "provider", "document": provider_document(slug, icon=f"i-{number}"), "expected_revision": 1}
            for slug in order
        ]
        return send(client, "POST", BULK, {"items": items, "change_note": f"By {number}"})

    answers = together(bulk)

    assert sorted(answer.status_code for answer in answers) == [200, *[422] * (THREADS - 1)]
    icons = on_connection(lambda: {newest(f"providers/cms/{slug}").document["icon"] for slug in slugs})
    assert (len(icons), on_connection(Revision.objects.count)) == (1, 12)


def test_of_those_who_claim_one_alias_one_wins() -> None:
    claim = ["providers/cms/old_name"]

    def make(client: Client, number: int) -> Any:
        return send(client, "POST", PROVIDERS, write(provider_document(f"cms-{number}", aliases=claim)))

    answers = together(make)

    assert sorted(answer.status_code for answer in answers) == [201, *[422] * (THREADS - 1)]
    assert on_connection(lambda: (Alias.objects.count(), Provider.objects.count())) == (1, 1)

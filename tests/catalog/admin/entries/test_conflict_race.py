"""Several browsers send the form of one entry at the same moment: one saves, the others see the conflict."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from catalog.actions.people import create_demo_people
from catalog.documents.mapping import document_from_row
from catalog.models import Revision
from tests.catalog.admin.pages import fill_in, page_of
from tests.factories import SANITY, sanity, save

BROWSERS = 4
pytestmark = [
    pytest.mark.services,
    pytest.mark.usefixtures("flushable"),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="Needs PostgreSQL: SQLite lets one writer in at a time"
    ),
]


def send_together(calls: list[Callable[[], Any]]) -> list[Any]:
    barrier = Barrier(len(calls))

    def send(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls))


def test_of_forms_sent_together_one_is_saved_and_the_others_come_back(tmp_path: Path) -> None:
    create_demo_people(tmp_path / "people.json")
    save("provider", SANITY)
    address = page_of(sanity())
    calls: list[Callable[[], Any]] = []
    for number in range(BROWSERS):
        client = Client()
        client.force_login(User.objects.get(username="editor"))
        fields = {**fill_in(client, address), "change_note": "Because", "best_for": f"Version {number}"}
        calls.append(partial(client.post, address, fields))

    answers = send_together(calls)

    assert sorted(answer.status_code for answer in answers) == [200] * (BROWSERS - 1) + [302]
    shown = [answer.context["conflict"] for answer in answers if answer.status_code == 200]
    assert [(conflict.began.number, conflict.theirs.number) for conflict in shown] == [(1, 2)] * (BROWSERS - 1)
    assert Revision.objects.count() == 2
    saved = next(number for number, answer in enumerate(answers) if answer.status_code == 302)
    assert document_from_row(sanity()) == {**SANITY, "best_for": f"Version {saved}"}

"""The past of an entry: pages of revisions, one of them, what differs, and going back."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.actions.approvals import reject
from tests.catalog.api.write.programs import (
    SANITY_AT,
    entry_at,
    newest,
    person_with,
    program_of,
    refusal,
    send,
    writer,
)
from tests.factories import SANITY, builder_document, publish, save

pytestmark = pytest.mark.django_db
KEY = "providers/cms/sanity"


def reader() -> Client:
    return program_of(person_with("Viewer"), "entries:read")


def save_many(count: int) -> None:
    for number in range(1, count + 1):
        save("provider", {**SANITY, "best_for": f"Number {number}"})


def test_revisions_are_listed_newest_first_with_what_was_decided(editor: User, publisher: User) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "x"}, editor, approved=False)
    reject(entry_at(KEY), number=2, by=publisher, comment="No icon")

    listed = reader().get(f"{SANITY_AT}/revisions").json()

    second, first = listed
    decided = second["decisions"][0]
    assert (decided["decision"], decided["by"], decided["comment"]) == ("rejected", "publisher", "No icon")
    assert {name: second[name] for name in ("number", "author", "change_note", "source", "states")} == {
        "number": 2,
        "author": "editor",
        "change_note": "Because",
        "source": "api",
        "states": ["latest"],
    }
    assert (first["number"], first["author"], first["states"]) == (1, None, ["approved", "live"])
    assert second["sha256"] == newest(KEY).sha256
    assert "document" not in second


def test_pages_follow_each_other() -> None:
    save_many(7)
    client = reader()
    address: str | None = f"{SANITY_AT}/revisions?limit=3"
    pages = []
    while address:
        page = client.get(address)
        pages.append([revision["number"] for revision in page.json()])
        link = page.headers.get("Link", "")
        address = link[1:].partition(">")[0] or None

    assert pages == [[7, 6, 5], [4, 3, 2], [1]]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=",
        "cursor=x",
        "cursor=-1",
        "cursor=" + "9" * 30,
        "page=2",
        "limit=1&limit=2",
    ],
)
def test_wrong_page_is_refused(query: str) -> None:
    save_many(1)

    assert refusal(reader().get(f"{SANITY_AT}/revisions?{query}"))[0] == 400


def test_one_revision_has_its_document() -> None:
    save_many(2)
    client = reader()

    first = client.get(f"{SANITY_AT}/revisions/1")

    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    assert first.json()["document"] == {**SANITY, "best_for": "Number 1"}
    missing = [client.get(f"{SANITY_AT}/revisions/{number}") for number in (3, 999_999_999, 0, "9" * 30, "x")]
    assert [refusal(answer)[0] for answer in missing] == [404] * 5


def test_sides_of_a_comparison_are_numbers_or_names() -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "x"})
    save("provider", {**SANITY, "icon": "y"}, approved=False)
    client = reader()

    def compared(query: str) -> Any:
        answer = client.get(f"{SANITY_AT}/diff{query}").json()
        return answer["from"], answer["to"], [(one["before"], one["after"]) for one in answer["differences"]]

    assert compared("") == (1, 3, [(None, "y")])
    assert compared("?from=approved") == (2, 3, [("x", "y")])
    assert compared("?from=latest&to=live") == (3, 1, [("y", None)])
    assert compared("?from=2&to=2") == (2, 2, [])
    assert refusal(client.get(f"{SANITY_AT}/diff?from=9")) == (404, [])
    assert refusal(client.get(f"{SANITY_AT}/diff?from=old&to=-1&x=1")) == (
        400,
        [("/x", "unknown_parameter"), ("/from", "choice"), ("/to", "choice")],
    )


def test_what_was_never_live_is_compared_with_nothing() -> None:
    save("builder", builder_document(), approved=False)

    answer = reader().get("/api/v1/builders/hugo/diff").json()

    assert (answer["from"], answer["to"]) == (None, 1)
    assert {one["path"].strip("/"): one["after"] for one in answer["differences"]} == builder_document()


def test_revision_is_brought_back_and_what_cannot_come_is_named(editor: User) -> None:
    save("builder", builder_document())
    save("provider", {**SANITY, "incompatible_builders": ["hugo"]})
    save("provider", {**SANITY, "icon": "x"})
    save("builder", builder_document(lifecycle={"state": "removed", "reason": "Gone", "since": "2026-01-01"}))
    restore = {"number": 1, "change_note": "The icon was wrong"}

    stale = send(writer(), "POST", f"{SANITY_AT}/restore", restore, If_Match='"1"')
    restored = send(writer(), "POST", f"{SANITY_AT}/restore", restore, If_Match='"2"')
    again = send(writer(), "POST", f"{SANITY_AT}/restore", restore, If_Match='"3"')

    assert (refusal(stale), stale.headers["ETag"]) == ((412, []), '"2"')
    assert (restored.status_code, restored.headers["ETag"]) == (200, '"3"')
    assert restored.json()["document"] == SANITY
    assert [part["path"] for part in restored.json()["left_out"]] == ["/incompatible_builders/0"]
    assert newest(KEY).source == "restore"
    assert refusal(again) == (422, [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"number": 1}, (400, [("/change_note", "required")])),
        ({"number": 0, "change_note": "x"}, (400, [("/number", "minimum")])),
        ({"number": True, "change_note": "x"}, (400, [("/number", "type")])),
        ({"number": 9, "change_note": "x"}, (404, [])),
        ({"number": 1, "change_note": " "}, (422, [])),
    ],
)
def test_wrong_restore_is_refused(body: Any, expected: Any) -> None:
    save_many(2)

    answer = send(writer(), "POST", f"{SANITY_AT}/restore", body, If_Match='"2"')

    assert refusal(answer) == expected
    assert newest(KEY).number == 2


def test_list_costs_the_same_for_one_and_for_three(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = reader()
    save_many(1)
    client.get(f"{SANITY_AT}/revisions")
    with django_assert_num_queries(6) as one:
        client.get(f"{SANITY_AT}/revisions")
    for text in ("two", "three"):
        save("provider", {**SANITY, "best_for": text})

    with django_assert_num_queries(len(one)):
        client.get(f"{SANITY_AT}/revisions")

"""The past of a service: pages of revisions, one of them, what differs, and going back."""

import pytest
from django.test import Client

from catalog.models import Revision
from tests.catalog.admin.pages import count_queries
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import create, errors, program, row
from tests.deployments.people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def changed(client: Client, times: int) -> str:
    """The address of a service with so many revisions after its first."""
    address = create(client)
    for number in range(1, times + 1):
        patch = {"providerConfig": {"files": {"index.html": str(number)}}, "changeNote": f"Number {number}"}
        assert send(client, "PATCH", address, patch, If_Match=f'"{number}"').status_code == 200
    return address


def test_revisions_are_listed_newest_first_page_by_page() -> None:
    client = program()
    address = changed(client, 4)

    pages, at = [], f"{address}/revisions?limit=2"
    while at:
        page = client.get(at)
        pages.append([revision["number"] for revision in page.json()])
        at = page.headers.get("Link", "")[1:].partition(">")[0]
    newest, *_, first = client.get(f"{address}/revisions").json()

    assert pages == [[5, 4], [3, 2], [1]]
    assert {name: newest[name] for name in ("number", "author", "changeNote", "source", "isLatest")} == {
        "number": 5,
        "author": "deployer",
        "changeNote": "Number 4",
        "source": "api",
        "isLatest": True,
    }
    assert (first["changeNote"], first["isLatest"], "document" in first) == ("Made through the API", False, False)


def test_one_revision_has_its_document() -> None:
    client = program()
    address = changed(client, 1)

    answer = client.get(f"{address}/revisions/1")

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json()["document"]["providerConfig"] == {"files": {"index.html": "<h1>Hello</h1>"}}
    assert refusal(client.get(f"{address}/revisions/9")) == (404, [])
    assert client.get(f"{address}/revisions/0").status_code == 404


def test_diff_is_of_the_last_change_unless_told() -> None:
    client = program()
    address = changed(client, 2)
    path = "/providerConfig/files/index.html"

    last = client.get(f"{address}/diff").json()
    told = client.get(f"{address}/diff?from=1&to=2").json()
    first = client.get(f"{address}/diff?from=0&to=1").json()

    assert last == {"from": 2, "to": 3, "differences": [{"path": path, "before": "1", "after": "2"}]}
    assert told["differences"] == [{"path": path, "before": "<h1>Hello</h1>", "after": "1"}]
    assert first["from"] is None
    assert {"/name", "/providerId"} <= {each["path"] for each in first["differences"]}


@pytest.mark.parametrize("query", ["from=x", "to=0", "from=-1", "to=99999999999", "to=1&to=2", "more=1"])
def test_diff_with_a_mistake_is_refused(query: str) -> None:
    client = program()

    assert client.get(f"{create(client)}/diff?{query}").status_code == 400


def test_diff_of_what_was_never_saved_is_not_there() -> None:
    client = program()

    assert refusal(client.get(f"{create(client)}/diff?from=1&to=7")) == (404, [])


def test_restored_revision_is_a_new_one() -> None:
    client = program()
    address = changed(client, 2)

    answer = send(client, "POST", f"{address}/restore", {"number": 1}, If_Match='"3"')

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"4"')
    assert answer.json()["providerConfig"] == {"files": {"index.html": "<h1>Hello</h1>"}}
    revision = Revision.objects.get(entry_key=row(address).key, number=4)
    assert (revision.source, revision.change_note) == ("restore", "Brought back revision 1")


def test_what_cannot_be_restored_is_refused() -> None:
    client = program()
    address = changed(client, 1)
    at = f"{address}/restore"

    answers = [
        send(client, "POST", at, {"number": 1}),
        send(client, "POST", at, {"number": 1}, If_Match='"1"'),
        send(client, "POST", at, {"number": 2}, If_Match='"2"'),
        send(client, "POST", at, {"number": 9}, If_Match='"2"'),
        send(client, "POST", at, {"number": 0}, If_Match='"2"'),
        send(client, "POST", at, {}, If_Match='"2"'),
    ]

    assert [answer.status_code for answer in answers] == [428, 412, 422, 422, 400, 400]
    assert errors(answers[5]) == {"/number": "required"}


def test_same_key_restores_once() -> None:
    client = program()
    address = changed(client, 1)

    first, second = (
        send(client, "POST", f"{address}/restore", {"number": 1}, If_Match='"2"', Idempotency_Key="k") for _ in range(2)
    )

    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")
    assert first.json()["revision"] == 3


def test_queries_of_the_list_do_not_grow() -> None:
    client, boss = program(), make_person("boss", "Administrator")
    address = changed(client, 1)
    few = count_queries(program(boss), f"{address}/revisions")
    send(client, "PATCH", address, {"environment": "staging"}, If_Match='"2"')
    send(program(boss), "PATCH", address, {"environment": "test"}, If_Match='"3"')

    assert count_queries(program(boss), f"{address}/revisions") == few

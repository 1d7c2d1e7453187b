"""Searching and status where DynamoDB answers: one whole at a time, and clear words for all that it cannot."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from catalog.checks import check_publishing, check_search
from catalog.models import Snapshot
from catalog.publishing.status import publishing_warnings
from catalog.publishing.stores.configured import open_store
from catalog.search.dynamodb import open_search_table
from indexer.state import note_trouble
from indexer.table import Table
from tests.catalog.api.read.registry import get, publish_first
from tests.factories import provider_document, publish, save
from tests.indexer.tables import index_published, search_table  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_table")]
SEARCH = "/search/providers"


def found(query: str = "") -> list[str]:
    answer = get(f"{SEARCH}?{query}")
    assert answer.status_code == 200, answer.content
    return [document["id"] for document in answer.json()["providers"]]


def status() -> dict[str, Any]:
    body: dict[str, Any] = get("/status").json()
    return {name: body[name] for name in ("live_serial", "index", "index_serial", "index_lag_seconds")}


def test_answers_are_those_of_the_database(settings: Settings) -> None:
    publish_first()
    index_published()
    queries = [
        "", "max_cost=64", "max_cost=28", "feature=groq_querying&feature=webhook_automation",
        "provider_type=cms&facets=feature",
        "ordering=-monthly_cost&limit=2", "lifecycle=deprecated", "facets=complexity,provider_type&ordering=name",
    ]  # fmt: skip
    ours = [get(f"{SEARCH}?{query}").json() for query in queries]
    settings.REGISTRY_SEARCH = "database"

    assert ours == [get(f"{SEARCH}?{query}").json() for query in queries]


def test_pages_go_on_by_cursor_and_say_what_is_unchanged() -> None:
    publish_first()
    index_published()

    first = get(f"{SEARCH}?limit=2")
    second = Client().get(first["Link"][1:].partition(">")[0]).json()

    assert [each["id"] for each in first.json()["providers"] + second["providers"]] == found("limit=4")
    assert get(f"{SEARCH}?limit=2", if_none_match=first["ETag"]).status_code == 304


def test_answer_is_of_what_is_indexed_until_the_next_whole_is() -> None:
    publish_first()
    index_published()
    before = get(SEARCH)
    save("provider", provider_document("newest"))
    publish()

    assert (get(SEARCH)["ETag"], get(SEARCH)["Last-Modified"]) == (before["ETag"], before["Last-Modified"])
    assert "newest" not in found()
    index_published()
    assert "newest" in found()
    assert get(SEARCH)["ETag"] != before["ETag"]


def test_words_are_refused_with_what_to_do_instead() -> None:
    answer = get(f"{SEARCH}?q=sanity")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "path": "/q",
            "code": "unsupported",
            "message": "This registry finds no words; leave q out, and filter by the other parameters.",
        }
    ]
    assert found("q=") == []


def test_search_that_costs_too_much_is_refused(settings: Settings) -> None:
    settings.REGISTRY_SEARCH_CAPACITY = 0
    publish_first()
    index_published()

    answer = get(f"{SEARCH}?ordering=updated")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_broad")
    assert answer.json()["detail"].endswith("0 are allowed. Filter by something that fewer have.")


def test_what_searches_cost_is_measured(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    publish_first()
    index_published()
    before = measured(client)

    found()

    assert measured(client) == before + 1
    assert "capacity units, 5 found" in caplog.text


def measured(client: Client) -> float:
    text = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    lines = [line for line in text.splitlines() if line.startswith("registry_search_capacity_units_count")]
    return float(lines[0].split()[1]) if lines else 0.0


@pytest.mark.parametrize("trouble", ["missing", "empty", "throttled", "forbidden"])
def test_table_that_does_not_answer_is_a_503_that_tells_nothing_of_it(
    trouble: str,
    search_table: Table,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish_first()
    index_published()
    if trouble == "missing":
        search_table.client.delete_table(TableName=search_table.name)
    elif trouble == "empty":
        search_table.delete_all([{"pk": "index", "sk": "live"}])
    else:
        code = {"throttled": "ProvisionedThroughputExceededException", "forbidden": "AccessDeniedException"}[trouble]
        monkeypatch.setattr(open_search_table().client, "get_item", refuse_with(code))

    answer = get(SEARCH)

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["detail"] == "The search index cannot be asked just now; try again in a while."
    assert get("/providers/sanity").status_code == 200


def refuse_with(code: str) -> Any:
    def refuse(**_request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "No"}}, "GetItem")

    return refuse


def test_status_and_warnings_tell_how_far_behind_the_index_is(search_table: Table, client: Client) -> None:  # noqa: F811
    publish_first()
    serial = Snapshot.objects.get(state="live").serial or 0
    unfilled = status()
    index_published()
    filled = status()
    save("provider", provider_document("newest"))
    publish()
    Snapshot.objects.filter(state="live").update(finished_at=timezone.now() - timedelta(minutes=5))
    note_trouble(search_table, "The bucket does not answer.")
    behind = status()

    assert (unfilled["index"], unfilled["index_serial"]) == ("dynamodb", None)
    assert filled == {"live_serial": serial, "index": "dynamodb", "index_serial": serial, "index_lag_seconds": 0.0}
    assert (behind["live_serial"], behind["index_serial"]) == (serial + 1, serial)
    assert 300 <= behind["index_lag_seconds"] < 400
    warning = (
        f"Searches are answered from serial {serial}, 5 minutes behind serial {serial + 1}: The bucket does not answer."
    )
    assert warning in publishing_warnings()
    assert warning in [message.msg for message in check_publishing(None, databases=["default"])]
    assert "registry_index_lag_seconds 30" in client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()


def test_checks_say_why_the_table_cannot_be_used(search_table: Table) -> None:  # noqa: F811
    save("provider", provider_document())
    publish()
    name = search_table.name

    def problems() -> list[tuple[str | None, str]]:
        return [(message.id, message.msg) for message in check_search(None, databases=["default"])]

    assert problems() == []
    assert check_search(None) == []
    assert "Searches cannot be answered: Nothing is indexed yet." in publishing_warnings()
    search_table.client.delete_table(TableName=name)
    missing = f"Searches cannot be answered: There is no table {name} in us-east-1."
    assert problems() == [("registry.E017", missing)]
    assert missing in publishing_warnings()
    search_table.client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ((number, message),) = problems()
    assert number == "registry.E017"
    assert message.startswith("Searches cannot be answered: The table ")


def test_index_that_is_ahead_belongs_to_another_registry() -> None:
    publish_first()
    index_published()
    live = Snapshot.objects.get(state="live")
    Snapshot.objects.filter(pk=live.pk).update(serial=0)

    assert f"The search index is at serial {live.serial}, which is not published yet: is it another registry's?" in (
        publishing_warnings()
    )


def test_command_fills_the_table(search_table: Table, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    publish_first()
    search_table.client.delete_table(TableName=search_table.name)
    with pytest.raises(CommandError, match="There is no table"):
        call_command("rebuild_search_index", backend="dynamodb")

    call_command("rebuild_search_index", backend="dynamodb", create_table=True)
    call_command("rebuild_search_index", backend="dynamodb")

    serial = Snapshot.objects.get(state="live").serial
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "5 of 5 providers are written.",
        f"Searches are answered from serial {serial}.",
    ]
    assert len(found()) == 5


def test_command_says_that_nothing_is_published() -> None:
    with pytest.raises(CommandError, match=r"current\.json is missing"):
        call_command("rebuild_search_index", backend="dynamodb")


def test_command_says_what_is_missing_in_the_store() -> None:
    publish_first()
    for path in list(open_store().list("bundles/")):
        open_store().delete(path)

    with pytest.raises(CommandError, match=r"bundles/.* is missing"):
        call_command("rebuild_search_index", backend="dynamodb")

"""What the table answers when it is asked too much, or not at all; waiting is bounded, and nothing is lost silently."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from indexer.clients import open_table
from indexer.errors import LostClaimError, TableError
from indexer.table import TRIES, Table
from tests.indexer.tables import NAME, ScanRefusedError, everything


class StubbornClient:
    """Passes requests on, but gives `answers` of `operation` first: errors are raised, others returned."""

    def __init__(self, inner: Any, operation: str, answers: list[Any]) -> None:
        self._inner, self._operation, self._answers, self.asked = inner, operation, answers, 0

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        return inner if name != self._operation else self._send(inner)

    def _send(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        def send(**request: Any) -> Any:
            self.asked += 1
            if not self._answers:
                return inner(**request)
            answer = self._answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return send


def stubborn(table: Table, operation: str, *answers: Any) -> tuple[Table, StubbornClient, list[float]]:
    client, pauses = StubbornClient(table.client, operation, list(answers)), []  # type: ignore[var-annotated]
    return Table(client, NAME, pauses.append), client, pauses  # type: ignore[arg-type]


def refusal(code: str, *reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "No"},
        "CancellationReasons": [{"Code": each} for each in reasons],
    }
    return ClientError(response, "Operation")


def items(count: int) -> list[dict[str, Any]]:
    return [{"pk": "a", "sk": f"{number:03}"} for number in range(count)]


CHECK = {
    "ConditionCheck": {"Key": {"pk": {"S": "x"}, "sk": {"S": "x"}}, "ConditionExpression": "attribute_not_exists(pk)"}
}
PUT = {"Put": {"Item": {"pk": {"S": "a"}, "sk": {"S": "000"}}}}


def test_what_a_busy_table_did_not_take_is_sent_again(table: Table) -> None:
    left = [{"PutRequest": {"Item": {"pk": {"S": "a"}, "sk": {"S": "007"}}}}]
    busy, client, pauses = stubborn(table, "batch_write_item", {"UnprocessedItems": {NAME: left}})

    busy.put_all(items(30))

    # The first 25 were never taken by the stub, but for the one that it gave back.
    assert [item["sk"] for item in everything(table)] == ["007", "025", "026", "027", "028", "029"]
    assert (client.asked, pauses) == (3, [0.05])


def test_keys_that_a_busy_table_did_not_read_are_asked_for_again(table: Table) -> None:
    table.put_all(items(120))
    left = {NAME: {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "007"}}], "ConsistentRead": True}}
    busy, _, pauses = stubborn(table, "batch_get_item", {"Responses": {NAME: []}, "UnprocessedKeys": left})

    found = busy.get_all(items(120))

    assert sorted(item["sk"] for item in found) == ["007", *(f"{number:03}" for number in range(100, 120))]
    assert pauses == [0.05]


@pytest.mark.parametrize(
    ("operation", "answer", "act"),
    [
        (
            "batch_write_item",
            {"UnprocessedItems": {NAME: [{"PutRequest": {"Item": {"pk": {"S": "a"}, "sk": {"S": "0"}}}}]}},
            lambda table: table.put_all(items(1)),
        ),
        (
            "batch_get_item",
            {"Responses": {}, "UnprocessedKeys": {NAME: {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "0"}}]}}},
            lambda table: table.get_all(items(1)),
        ),
        (
            "transact_write_items",
            refusal("TransactionCanceledException", "None", "TransactionConflict"),
            lambda table: table.transact([PUT], check=CHECK),
        ),
        (
            "transact_write_items",
            refusal("ThrottlingException"),
            lambda table: table.transact([PUT], check=CHECK),
        ),
    ],
)
def test_table_that_stays_busy_is_given_up(
    operation: str, answer: Any, act: Callable[[Table], object], table: Table
) -> None:
    busy, client, pauses = stubborn(table, operation, *[answer] * 50)

    with pytest.raises(TableError, match=f"asked too much: it still refuses after {TRIES} tries"):
        act(busy)
    assert client.asked == TRIES
    assert sum(pauses) < 10


def test_transaction_goes_through_once_it_is_not_refused(table: Table) -> None:
    busy, client, _ = stubborn(
        table, "transact_write_items", refusal("TransactionCanceledException", "TransactionConflict")
    )

    busy.transact([PUT], check=CHECK)

    assert (client.asked, [item["sk"] for item in everything(table)]) == (2, ["000"])


def test_refused_transactions_are_told_apart(table: Table) -> None:
    lost, _, _ = stubborn(
        table, "transact_write_items", refusal("TransactionCanceledException", "ConditionalCheckFailed")
    )
    wrong, _, _ = stubborn(
        table, "transact_write_items", refusal("TransactionCanceledException", "None", "ValidationError")
    )

    with pytest.raises(LostClaimError):
        lost.transact([PUT], check=CHECK)
    with pytest.raises(TableError, match="ValidationError"):
        wrong.transact([PUT], check=CHECK)
    assert everything(table) == []


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (refusal("ResourceNotFoundException"), f"There is no table {NAME} in us-east-1."),
        (refusal("AccessDeniedException"), f"The table {NAME} may not be used by these credentials: "),
        (refusal("ProvisionedThroughputExceededException"), f"The table {NAME} is asked too much"),
        (refusal("InternalServerError"), f"The table {NAME} does not answer: "),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            f"The table {NAME} does not answer: Could not conn",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(error: Exception, message: str, table: Table) -> None:
    for operation, act in (
        ("get_item", lambda wrong: wrong.get("a", "b")),
        ("query", lambda wrong: list(wrong.query("a"))),
        ("put_item", lambda wrong: wrong.put({"pk": "a", "sk": "b"})),
        ("transact_write_items", lambda wrong: wrong.transact([PUT], check=CHECK)),
        ("describe_table", lambda wrong: wrong.describe()),
    ):
        if operation == "transact_write_items" and "asked too much" in message:
            continue
        wrong, _, _ = stubborn(table, operation, error)
        with pytest.raises(TableError) as refused:
            act(wrong)
        assert str(refused.value).startswith(message), operation


def test_table_is_made_once(table: Table) -> None:
    other = Table(table.client, "made-here")

    other.make()
    other.make()

    assert other.describe()["TableStatus"] == "ACTIVE"


def test_boto_without_a_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(TableError, match="not configured for dynamodb: You must specify a region"):
        open_table("any")


def test_scan_is_refused_by_the_tests(table: Table) -> None:
    """What every other test with this table relies on."""
    with pytest.raises(ScanRefusedError):
        table.client.scan(TableName=NAME)

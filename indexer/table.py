"""The table: its shape, and the few ways in which it is read and written. Nothing here, or anywhere, scans it.

Busy is tried again a bounded number of times; all that goes wrong for longer is a TableError that says what.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from indexer.codec import Item, pack, unpack
from indexer.errors import LostClaimError, TableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_COST = "by_cost"
SHAPE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "cost_key")],
    # A local one: only those can be read consistently, and so show a publish as a whole.
    "LocalSecondaryIndexes": [
        {
            "IndexName": BY_COST,
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "cost_key", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
EXPIRES = "expires_at"
MAX_BATCH, MAX_READ_BATCH, MAX_TRANSACTION = 25, 100, 100
MAX_TRANSACTION_BYTES = 3_000_000
TRIES = 8
BUSY = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
BUSY_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What one request for rows gave: `units` is the capacity that it took, `scanned` how many rows were looked at."""

    items: list[Item]
    units: float
    scanned: int


@dataclass(slots=True)
class Table:
    """A table by name. `units` counts the capacity that was taken, by "read" and "write". Threads may share it."""

    client: "DynamoDBClient"
    name: str
    pause: Callable[[float], None] = time.sleep
    units: dict[str, float] = field(default_factory=lambda: {"read": 0.0, "write": 0.0})
    _lock: Lock = field(default_factory=Lock)

    def describe(self) -> Any:
        """What the table looks like, as DynamoDB tells."""
        try:
            return self.client.describe_table(TableName=self.name)["Table"]
        except (ClientError, BotoCoreError) as error:
            raise self._trouble(error) from error

    def make(self) -> None:
        """Make it, unless it is there; it is there afterwards."""
        try:
            self.client.create_table(TableName=self.name, **SHAPE)
        except (ClientError, BotoCoreError) as error:
            if code_of(error) != "ResourceInUseException":
                raise self._trouble(error) from error
            return
        try:
            self.client.get_waiter("table_exists").wait(TableName=self.name)
            expiry: Any = {"Enabled": True, "AttributeName": EXPIRES}
            self.client.update_time_to_live(TableName=self.name, TimeToLiveSpecification=expiry)
        except (ClientError, BotoCoreError) as error:
            raise self._trouble(error) from error

    def get(self, pk: str, sk: str) -> Item | None:
        answer = self._ask("get_item", "read", Key=pack({"pk": pk, "sk": sk}), ConsistentRead=True)
        return unpack(answer["Item"]) if "Item" in answer else None

    def query(
        self,
        pk: str,
        *,
        begins_with: str = "",
        less_than: str = "",
        names: Sequence[str] = (),
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """The items of one partition, consistently, in order of `sk`; of each only `names`, if some are given."""
        condition, values = "pk = :pk", {":pk": pk}
        if begins_with:
            condition, values = f"{condition} AND begins_with(sk, :sk)", {**values, ":sk": begins_with}
        if less_than:
            condition, values = f"{condition} AND sk < :sk", {**values, ":sk": less_than}
        chosen = {f"#n{number}": name for number, name in enumerate(names)}
        options = {"ProjectionExpression": ", ".join(chosen), "ExpressionAttributeNames": chosen} if chosen else {}
        pages = self.pages(
            KeyConditionExpression=condition,
            ExpressionAttributeValues=pack(values),
            ScanIndexForward=not newest_first,
            **options,
        )
        for page in pages:
            yield from page.items

    def pages(self, **request: Any) -> Iterator[Page]:
        """The pages of a Query; whoever has enough takes no more."""
        start: Action = {}
        while True:
            answer = self._ask("query", "read", ConsistentRead=True, **request, **start)
            units = _units(answer)
            yield Page([unpack(item) for item in answer["Items"]], units, answer["ScannedCount"])
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def get_all(self, keys: Sequence[Item]) -> list[Item]:
        """The items with these keys, those that are there, in no order."""
        found: list[Item] = []
        for start in range(0, len(keys), MAX_READ_BATCH):
            asked: Any = {
                self.name: {"Keys": [pack(key) for key in keys[start : start + MAX_READ_BATCH]], "ConsistentRead": True}
            }
            for attempt in range(TRIES):
                answer = self._send("batch_get_item", "read", RequestItems=asked)
                found += map(unpack, answer["Responses"].get(self.name, []))
                asked = answer.get("UnprocessedKeys")
                if not asked:
                    break
                self._back_off(attempt)
        return found

    def put_all(self, items: Iterable[Item]) -> None:
        self._write_all({"PutRequest": {"Item": pack(item)}} for item in items)

    def delete_all(self, keys: Iterable[Item]) -> None:
        self._write_all({"DeleteRequest": {"Key": pack(key)}} for key in keys)

    def put(self, item: Item, **condition: Any) -> bool:
        """False if the condition does not hold."""
        return self._try("put_item", Item=pack(item), **condition)

    def update(self, key: Item, **change: Any) -> bool:
        """False if the condition does not hold."""
        return self._try("update_item", Key=pack(key), **change)

    def transact(self, actions: Sequence[Action], *, check: Action) -> None:
        """All of at most 99 actions, or none. Raises LostClaimError if `check`, an action too, does not hold."""
        whole = [
            {kind: {**action, "TableName": self.name}} for each in (check, *actions) for kind, action in each.items()
        ]
        for attempt in range(TRIES):
            try:
                answer = self.client.transact_write_items(TransactItems=whole, ReturnConsumedCapacity="TOTAL")  # type: ignore[arg-type]
            except ClientError as error:
                self._check_cancelled(error)
            except BotoCoreError as error:
                raise self._trouble(error) from error
            else:
                self._note("write", answer)
                return
            self._back_off(attempt)

    def _check_cancelled(self, error: ClientError) -> None:
        """Returns if it may go through later."""
        if code_of(error) == "TransactionCanceledException":
            reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons:
                raise LostClaimError("Somebody else has taken over writing the index.") from error
            if not BUSY_REASONS.intersection(reasons):
                raise TableError(f"The table {self.name} refused a write: {reasons}.") from error
        elif code_of(error) not in BUSY:
            raise self._trouble(error) from error

    def _write_all(self, requests: Iterable[Action]) -> None:
        source = iter(requests)
        while batch := list(islice(source, MAX_BATCH)):
            asked: Any = {self.name: batch}
            for attempt in range(TRIES):
                answer = self._send("batch_write_item", "write", RequestItems=asked)
                asked = answer.get("UnprocessedItems")
                if not asked:
                    break
                self._back_off(attempt)

    def _try(self, operation: str, **request: Any) -> bool:
        try:
            self._ask(operation, "write", **request)
        except TableError as error:
            if code_of(error.__cause__) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _ask(self, operation: str, kind: str, **request: Any) -> Any:
        return self._send(operation, kind, TableName=self.name, **request)

    def _send(self, operation: str, kind: str, **request: Any) -> Any:
        """One request; the client tries again what is worth it (`new_client` says how often)."""
        try:
            answer = getattr(self.client, operation)(ReturnConsumedCapacity="TOTAL", **request)
        except (ClientError, BotoCoreError) as error:
            raise self._trouble(error) from error
        self._note(kind, answer)
        return answer

    def _note(self, kind: str, answer: Any) -> None:
        with self._lock:
            self.units[kind] += _units(answer)

    def _back_off(self, attempt: int) -> None:
        if attempt == TRIES - 1:
            raise TableError(f"The table {self.name} is asked too much: it still refuses after {TRIES} tries.")
        self.pause(min(0.05 * 2**attempt, 2.0))

    def _trouble(self, error: Exception) -> TableError:
        code = code_of(error)
        if code == "ResourceNotFoundException":
            return TableError(f"There is no table {self.name} in {self.client.meta.region_name}.")
        if code in BUSY:
            return TableError(f"The table {self.name} is asked too much ({code}).")
        if code in ("AccessDeniedException", "UnrecognizedClientException"):
            return TableError(f"The table {self.name} may not be used by these credentials: {error}")
        return TableError(f"The table {self.name} does not answer: {error}")


def code_of(error: BaseException | None) -> str:
    """The name that AWS gives an error; that of its class if it did not come that far."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def _units(answer: Any) -> float:
    consumed = answer.get("ConsumedCapacity") or ()
    each = consumed if isinstance(consumed, list) else [consumed] if consumed else []
    return sum(float(one.get("CapacityUnits", 0)) for one in each)

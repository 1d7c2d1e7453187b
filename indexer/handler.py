"""The Lambda: every event that concerns the registry is a poke to bring the index to what is published.

So duplicates and late events change nothing, and one event makes up for all that were lost. What fails is given back to
the queue, message by message; what can never be understood goes to the dead-letter queue at once, with the cause.
"""

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from indexer.clients import new_client, open_bucket, open_table
from indexer.errors import IndexerError, NotYetError
from indexer.events import (
    COPY,
    FOREIGN,
    MANIFEST,
    POINTER,
    SCHEDULE,
    Place,
    PoisonError,
    kinds_of,
    messages_of,
    parse_body,
)
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import CURRENT, Outcome, keep_up

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
logging.getLogger("indexer").setLevel(logging.INFO)
POKES = frozenset({POINTER, MANIFEST, COPY, SCHEDULE})
# These come while a publish still writes; the manifest's comes when it is through, and has to succeed.
EARLY = frozenset({POINTER, COPY})
# A message of SQS has at most 256 KB.
MAX_SHOWN = 100_000
NAMESPACE = "ProviderRegistry/Index"


class SettingsError(IndexerError):
    """A variable of the function is missing."""


@dataclass(slots=True)
class Worker:
    """Everything that an invocation works with; made once for a process."""

    table: Table
    tree: Tree
    place: Place
    queue: "SQSClient | None" = None
    queue_url: str = ""

    def bury(self, record: Any, cause: str, *, request_id: str) -> None:
        """To the dead-letter queue; without one the log has to do."""
        logger.error("poison: %s", cause)
        if self.queue is None:
            return
        shown = json.dumps(record, default=str)[:MAX_SHOWN]
        body = {"cause": cause, "request_id": request_id, "at": int(time.time()), "record": shown}
        self.queue.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """`{"batchItemFailures": [...], "seen": {kind: how many}, "serial": what is indexed now}`.

    Raises IndexerError for what failed of an event that comes by no queue, so that AWS tries it again.
    """
    return handle(event, open_worker(), request_id=getattr(context, "aws_request_id", ""))


@cache
def open_worker() -> Worker:
    """As the function's variables say. Raises SettingsError."""
    missing = [name for name in ("INDEX_TABLE", "REGISTRY_BUCKET") if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"The function lacks {' and '.join(missing)}.")
    place = Place(os.environ["REGISTRY_BUCKET"], os.environ.get("REGISTRY_PREFIX", "").strip("/"))
    url = os.environ.get("INDEX_DEAD_LETTER_QUEUE_URL", "")
    return Worker(
        open_table(os.environ["INDEX_TABLE"]),
        open_bucket(place.bucket, place.prefix),
        place,
        new_client("sqs") if url else None,
        url,
    )


def handle(event: Any, worker: Worker, *, request_id: str = "") -> dict[str, Any]:
    messages = messages_of(event)
    seen: Counter[str] = Counter()
    if messages is None:
        kinds = _read(event, event, worker, seen, request_id=request_id)
        outcome, error = _poke(worker, kinds)
        if error:
            _report(worker, seen, outcome)
            raise error
        return _report(worker, seen, outcome)
    read = [(message, _read_message(message, worker, seen, request_id=request_id)) for message in messages]
    outcome, error = _poke(worker, {kind for _, kinds in read for kind in kinds})
    failed = [message for message, kinds in read if error and not POKES.isdisjoint(kinds)]
    return _report(worker, seen, outcome, failed)


def _read_message(message: Mapping[str, Any], worker: Worker, seen: Counter[str], *, request_id: str) -> set[str]:
    try:
        body = parse_body(message.get("body"))
    except PoisonError as error:
        seen["poison"] += 1
        worker.bury(message, str(error), request_id=request_id)
        return set()
    return _read(body, message, worker, seen, request_id=request_id)


def _read(body: Any, record: Any, worker: Worker, seen: Counter[str], *, request_id: str) -> set[str]:
    """The kinds of its records; what is no event is buried, and is none."""
    try:
        kinds = list(kinds_of(body, worker.place))
    except PoisonError as error:
        seen["poison"] += 1
        worker.bury(record, str(error), request_id=request_id)
        return set()
    seen.update(kinds)
    return set(kinds)


def _poke(worker: Worker, kinds: set[str]) -> tuple[Outcome | None, IndexerError | None]:
    """Once, however many asked for it."""
    if POKES.isdisjoint(kinds):
        return None, None
    try:
        return keep_up(worker.table, worker.tree), None
    except NotYetError as error:
        logger.info("not yet: %s", error)
        return None, None if kinds & POKES <= EARLY else error
    except IndexerError as error:
        logger.exception("the index stays as it is")
        return None, error


def _report(
    worker: Worker, seen: Counter[str], outcome: Outcome | None, failed: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """One line in CloudWatch's embedded metric format."""
    figures = {
        "IgnoredRecords": seen[FOREIGN],
        "PoisonRecords": seen["poison"],
        "FailedMessages": len(failed),
        "ReadUnits": worker.table.units["read"],
        "WriteUnits": worker.table.units["write"],
        **({"IndexedSerial": outcome.serial} if outcome else {}),
    }
    worker.table.units.update(read=0.0, write=0.0)
    metrics = [{"Name": name} for name in figures]
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}],
        },
        **figures,
        "did": outcome.did if outcome else CURRENT if not failed else "failed",
        "seen": dict(seen),
    }
    print(json.dumps(line))  # noqa: T201 - CloudWatch reads metrics from what a function prints
    return {
        "batchItemFailures": [{"itemIdentifier": message.get("messageId", "")} for message in failed],
        "seen": dict(seen),
        "serial": outcome.serial if outcome else None,
    }

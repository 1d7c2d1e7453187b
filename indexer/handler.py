"""The Lambda: every event that concerns the registry is a poke to bring the index to what is published.

So duplicates and late events change nothing, and one event makes up for all that were lost. What fails is given back to
the queue, message by message; what can never be understood goes to the dead-letter queue at once, with the cause. Who
finds somebody else at work waits longer than one that died holds others up, and then leaves it to that one: it looks at
the pointer when it is done, and given back the message would be hidden for an hour and more.
"""

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from indexer.clients import new_client, open_bucket, open_table
from indexer.errors import BusyError, IndexerError, NotYetError
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
from indexer.lines import json_lines, serial_at_work
from indexer.table import Table
from indexer.tree import Tree
from indexer.upkeep import CURRENT, Outcome, keep_up

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)
POKES = frozenset({POINTER, MANIFEST, COPY, SCHEDULE})
# These come while a publish still writes; the manifest's comes when it is through, and has to succeed.
EARLY = frozenset({POINTER, COPY})
# Together longer than CLAIM_SECONDS.
PAUSES, PAUSE_SECONDS = 25, 3.0
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
    pause: Callable[[float], None] = time.sleep

    def bury(self, record: Any, cause: str, *, request_id: str) -> bool:
        """To the dead-letter queue; without one the log has to do. False if that queue refuses."""
        logger.error("poison: %s", cause)
        if self.queue is None:
            return True
        shown = json.dumps(record, default=str)[:MAX_SHOWN]
        body = {"cause": cause, "request_id": request_id, "at": int(time.time()), "record": shown}
        try:
            self.queue.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body))
        except (ClientError, BotoCoreError) as error:
            logger.error("the dead-letter queue refuses (%s) what is no event: %s", error, shown)  # noqa: TRY400 - all is said
            return False
        return True


class Read(NamedTuple):
    """What a message asks for; `is_settled`: what cannot be understood of it, if anything, was put away."""

    kinds: frozenset[str]
    is_settled: bool


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """`{"batchItemFailures": [...], "seen": {kind: how many}, "serial": what is indexed now}`.

    Raises IndexerError for what failed of an event that comes by no queue, so that AWS tries it again.
    """
    request_id = getattr(context, "aws_request_id", "")
    with json_lines(request_id):
        return handle(event, open_worker(), request_id=request_id)


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
        kinds = _read(event, event, worker, seen, request_id=request_id).kinds
        outcome, error = _poke(worker, kinds)
        if error:
            _report(worker, seen, outcome, request_id=request_id)
            raise error
        return _report(worker, seen, outcome, request_id=request_id)
    read = [(message, _read_message(message, worker, seen, request_id=request_id)) for message in messages]
    outcome, error = _poke(worker, {kind for _, (kinds, _) in read for kind in kinds})
    failed = [
        message for message, (kinds, is_settled) in read if not is_settled or (error and not POKES.isdisjoint(kinds))
    ]
    return _report(worker, seen, outcome, failed, request_id=request_id)


def _read_message(message: Mapping[str, Any], worker: Worker, seen: Counter[str], *, request_id: str) -> Read:
    try:
        body = parse_body(message.get("body"))
    except PoisonError as error:
        seen["poison"] += 1
        return Read(frozenset(), worker.bury(message, str(error), request_id=request_id))
    return _read(body, message, worker, seen, request_id=request_id)


def _read(body: Any, record: Any, worker: Worker, seen: Counter[str], *, request_id: str) -> Read:
    """The kinds of its records; if some are none, the whole is buried once, and the others count all the same."""
    found = list(kinds_of(body, worker.place))
    kinds = [kind for kind in found if isinstance(kind, str)]
    causes = [str(error) for error in found if isinstance(error, PoisonError)]
    seen.update(kinds)
    if not causes:
        return Read(frozenset(kinds), is_settled=True)
    seen["poison"] += len(causes)
    cause = causes[0] if len(causes) == 1 else f"{causes[0]} And {len(causes) - 1} more records."
    return Read(frozenset(kinds), worker.bury(record, cause, request_id=request_id))


def _poke(worker: Worker, kinds: set[str] | frozenset[str]) -> tuple[Outcome | None, IndexerError | None]:
    """Once, however many asked for it."""
    if POKES.isdisjoint(kinds):
        return None, None
    is_early = kinds & POKES <= EARLY
    try:
        # An early one is followed by one that waits.
        return _keep_up(worker, pauses=0 if is_early else PAUSES), None
    except BusyError as error:
        logger.info("left to who is at it: %s", error)
        return None, None
    except NotYetError as error:
        logger.info("not yet: %s", error)
        return None, None if is_early else error
    except IndexerError as error:
        logger.exception("the index stays as it is")
        return None, error


def _keep_up(worker: Worker, *, pauses: int) -> Outcome:
    for _ in range(pauses):
        with suppress(BusyError):
            return keep_up(worker.table, worker.tree)
        worker.pause(PAUSE_SECONDS)
    return keep_up(worker.table, worker.tree)


def _report(
    worker: Worker,
    seen: Counter[str],
    outcome: Outcome | None,
    failed: Sequence[Mapping[str, Any]] = (),
    *,
    request_id: str,
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
        "serial": outcome.serial if outcome else serial_at_work.get(),
        "request_id": request_id,
    }
    print(json.dumps(line))  # noqa: T201 - CloudWatch reads metrics from what a function prints
    return {
        "batchItemFailures": [{"itemIdentifier": message.get("messageId", "")} for message in failed],
        "seen": dict(seen),
        "serial": outcome.serial if outcome else None,
    }

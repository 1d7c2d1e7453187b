"""What an event of AWS asks for; pure. Its content is a poke and never an order: what is true is in the bucket.

Understood are notifications of S3, by themselves or in messages of SQS, S3's test, events of EventBridge, schedules.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from indexer.tree import MANIFEST_PATH, POINTER_PATH, PROVIDERS

CREATED, REMOVED = "ObjectCreated:", "ObjectRemoved:"
DETAIL_TYPES = {"Object Created": CREATED, "Object Deleted": REMOVED}
# What a record is: of the pointer, of the manifest (the last that a publish writes), of a provider's copy, of none.
POINTER, MANIFEST, COPY, FOREIGN, TEST, SCHEDULE = "pointer", "manifest", "copy", "foreign", "test", "schedule"


class PoisonError(ValueError):
    """A record that will never be understood."""


@dataclass(frozen=True, slots=True)
class Place:
    """The tree that is indexed."""

    bucket: str
    prefix: str

    def path_of(self, bucket: str, key: str) -> str | None:
        """The path within the tree; None for what is not in it."""
        start = f"{self.prefix}/" if self.prefix else ""
        return key.removeprefix(start) if bucket == self.bucket and key.startswith(start) else None


def kinds_of(body: Any, place: Place) -> Iterator[str | PoisonError]:
    """What each record of an event, not one of SQS, is; an error for one that will never be understood.

    One that is bad says nothing of the others.
    """
    records = body.get("Records") if isinstance(body, dict) else None
    for record in records if isinstance(records, list) else [body]:
        try:
            yield _kind_of_event(record, place) if record is body else _kind_of_record(record, place)
        except PoisonError as error:
            yield error


def messages_of(event: Any) -> list[Mapping[str, Any]] | None:
    """The messages of SQS in an event; None if it is none of SQS."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        return None
    if any(isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records):
        return [record if isinstance(record, dict) else {} for record in records]
    return None


def parse_body(text: Any) -> Any:
    """Raises PoisonError."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise PoisonError(f"The message is no JSON: {error}") from error


def _kind_of_event(body: Any, place: Place) -> str:
    if not isinstance(body, dict):
        raise PoisonError("An event is a JSON object.")
    if body.get("Event") == "s3:TestEvent":
        return TEST
    if body.get("source") == "aws.events" or body.get("detail-type") == "Scheduled Event":
        return SCHEDULE
    if body.get("source") == "aws.s3":
        return _kind_of_detail(body, place)
    raise PoisonError("It is neither a notification of S3 nor a schedule.")


def _kind_of_record(record: Any, place: Place) -> str:
    try:
        name, bucket = record["eventName"].removeprefix("s3:"), record["s3"]["bucket"]["name"]
        # As S3 quotes keys: a space is a plus.
        key = unquote_plus(record["s3"]["object"]["key"], errors="strict")
    except (KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise PoisonError(f"The record is none of S3: {type(error).__name__}: {error}") from error
    if not isinstance(bucket, str) or not name.startswith((CREATED, REMOVED)):
        return FOREIGN
    return _kind_of_path(place.path_of(bucket, key))


def _kind_of_detail(body: Mapping[str, Any], place: Place) -> str:
    try:
        bucket, key = body["detail"]["bucket"]["name"], body["detail"]["object"]["key"]
    except (KeyError, TypeError) as error:
        raise PoisonError(f"The event is none of S3: {type(error).__name__}: {error}") from error
    if body.get("detail-type") not in DETAIL_TYPES or not isinstance(key, str):
        return FOREIGN
    return _kind_of_path(place.path_of(bucket, key))


def _kind_of_path(path: str | None) -> str:
    if path == POINTER_PATH:
        return POINTER
    if path == MANIFEST_PATH:
        return MANIFEST
    return COPY if path is not None and path.startswith(PROVIDERS) and path.endswith(".json") else FOREIGN

"""What events ask for: each shape in which AWS tells of an object, and everything that is none."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from indexer.events import (
    COPY,
    FOREIGN,
    MANIFEST,
    POINTER,
    SCHEDULE,
    TEST,
    Place,
    PoisonError,
    kinds_of,
    messages_of,
    parse_body,
)

PLACE = Place("registry", "live/tree")


def record(key: str, *, name: str = "ObjectCreated:Put", bucket: str = "registry", **members: Any) -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/"), "versionId": "v1", **members}},
    }


def kinds(*records: Any, place: Place = PLACE) -> list[str | PoisonError]:
    return list(kinds_of({"Records": list(records)}, place))


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("live/tree/current.json", POINTER),
        ("live/tree/manifest.json", MANIFEST),
        ("live/tree/providers/cms/sanity.json", COPY),
        ("live/tree/providers/cms/a b+c%é.json", COPY),
        ("live/tree/builders/hugo.json", FOREIGN),
        ("live/tree/objects/ab/abc.json", FOREIGN),
        ("live/tree/providers/cms/logo.png", FOREIGN),
        ("live/tree2/current.json", FOREIGN),
        ("current.json", FOREIGN),
        ("live/tree/live/tree/current.json", FOREIGN),
    ],
)
def test_key_says_what_changed(key: str, kind: str) -> None:
    assert kinds(record(key)) == [kind]
    assert kinds(record(key, name="ObjectRemoved:DeleteMarkerCreated")) == [kind]
    assert kinds(record(key, bucket="another")) == [FOREIGN]
    assert kinds(record(key, name="ObjectTagging:Put")) == [FOREIGN]


def test_quoted_keys_are_read_as_s3_quotes_them() -> None:
    place = Place("registry", "my tree+é")

    assert kinds(record("my tree+é/current.json"), place=place) == [POINTER]


def test_tree_without_a_prefix() -> None:
    assert kinds(record("current.json"), record("live/current.json"), place=Place("registry", "")) == [POINTER, FOREIGN]


def test_other_shapes() -> None:
    detail = {"bucket": {"name": "registry"}, "object": {"key": "live/tree/manifest.json"}}
    bridged = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    assert list(kinds_of({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "registry"}, PLACE)) == [TEST]
    assert list(kinds_of(bridged, PLACE)) == [MANIFEST]
    assert list(kinds_of({**bridged, "detail-type": "Object Tags Added"}, PLACE)) == [FOREIGN]
    assert list(kinds_of({"source": "aws.events"}, PLACE)) == [SCHEDULE]
    assert list(kinds_of({"detail-type": "Scheduled Event"}, PLACE)) == [SCHEDULE]
    assert list(kinds_of({"Records": []}, PLACE)) == []


@pytest.mark.parametrize(
    "body",
    [
        None, [], "text", 7, {}, {"Records": "many"}, {"Records": [None]}, {"Records": [{}]}, {"Records": [{"s3": []}]},
        {"Records": [{"eventName": None, "s3": {}}]}, {"Records": [{"eventName": "ObjectCreated:Put", "s3": None}]},
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": 7}}}]},
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "%ff"}}}]},
        {"source": "aws.s3"}, {"source": "aws.s3", "detail": []}, {"source": "aws.sns"},
    ],
)  # fmt: skip
def test_what_is_no_event_is_poison(body: Any) -> None:
    (found,) = kinds_of(body, PLACE)
    assert isinstance(found, PoisonError)


def test_bad_record_says_nothing_of_the_others() -> None:
    found = kinds(record("live/tree/current.json"), {}, record("live/tree/manifest.json"), None)

    assert [kind if isinstance(kind, str) else type(kind) for kind in found] == [
        POINTER, PoisonError, MANIFEST, PoisonError,
    ]  # fmt: skip


@pytest.mark.parametrize("text", [None, "", "{", "[" * 100_000, b"\xff", 7])
def test_message_that_is_no_json_is_poison(text: Any) -> None:
    with pytest.raises(PoisonError):
        parse_body(text)


def test_messages_of_a_queue_are_told_from_records_of_s3() -> None:
    message = {"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps({"Records": [record("x")]})}

    assert messages_of({"Records": [message]}) == [message]
    others: list[Any] = [{"Records": [record("x")]}, {"Records": []}, {}, None, []]
    assert [messages_of(event) for event in others] == [None] * 5

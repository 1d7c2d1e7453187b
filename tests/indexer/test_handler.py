"""The Lambda as AWS calls it, with a bucket, a table and queues: what it does, gives back, buries and counts."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from catalog.publishing.stores.s3 import S3Store
from indexer import handler
from indexer.errors import DamagedTreeError, NotYetError, TableError
from indexer.handler import SettingsError, lambda_handler
from indexer.state import read_state
from indexer.table import Table
from tests.factories import provider_document, publish, save
from tests.indexer.tables import NAME, answers, emulated, make_table
from tests.indexer.test_events import record
from tests.stores import BUCKET, make_bucket_store

pytestmark = pytest.mark.django_db


class Context:
    aws_request_id = "request-1"


class Cloud:
    """The registry's bucket with prefix, the table, the dead-letter queue."""

    def __init__(self) -> None:
        self.store: S3Store = make_bucket_store(prefix="live")
        self.table: Table = make_table()
        self.queues = boto3.client("sqs")
        self.queue_url = self.queues.create_queue(QueueName="dead")["QueueUrl"]

    def buried(self) -> list[dict[str, Any]]:
        found = self.queues.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    def publish(self, **providers: Any) -> None:
        for slug, members in providers.items():
            save("provider", provider_document(slug, **members))
        assert publish(self.store).state == "live"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with emulated(monkeypatch):
        made = Cloud()
        monkeypatch.setenv("INDEX_TABLE", NAME)
        monkeypatch.setenv("REGISTRY_BUCKET", BUCKET)
        monkeypatch.setenv("REGISTRY_PREFIX", "/live/")
        monkeypatch.setenv("INDEX_DEAD_LETTER_QUEUE_URL", made.queue_url)
        handler.open_worker.cache_clear()
        yield made
    handler.open_worker.cache_clear()


def created(path: str) -> dict[str, Any]:
    return {"Records": [record(f"live/{path}", bucket=BUCKET)]}


def queued(*bodies: Any) -> dict[str, Any]:
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {"Records": [{"eventSource": "aws:sqs", "messageId": str(n), "body": text} for n, text in enumerate(texts)]}


def failures(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_event_of_the_manifest_brings_the_index_to_it(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.publish(one={"key_features": ["a"]}, two={})

    answer = lambda_handler(queued(created("manifest.json")), Context())

    assert answer == {"batchItemFailures": [], "seen": {"manifest": 1}, "serial": 1}
    line = json.loads(capsys.readouterr().out)
    assert (line["did"], line["IndexedSerial"], line["IgnoredRecords"], line["PoisonRecords"]) == ("rebuilt", 1, 0, 0)
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in metrics["Metrics"]} <= line.keys()
    assert line["WriteUnits"] > 0


def test_batch_is_read_once_and_only_what_can_be_tried_again_is_given_back(cloud: Cloud) -> None:
    cloud.publish(one={})
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent"}
    batch = queued(created("current.json"), test, "{", created("logs/x.txt"), created("manifest.json"), {"no": "event"})

    answer = lambda_handler(batch, Context())

    assert failures(answer) == []
    assert answer["seen"] == {"pointer": 1, "test": 1, "poison": 2, "foreign": 1, "manifest": 1}
    buried = cloud.buried()
    assert sorted(message["cause"][:24] for message in buried) == [
        "It is neither a notifica",
        "The message is no JSON: ",
    ]
    assert {message["request_id"] for message in buried} == {"request-1"}
    assert json.loads(next(each for each in buried if "JSON" in each["cause"])["record"])["body"] == "{"

    cloud.store.delete("current.json")
    answer = lambda_handler(batch, Context())

    # Poison was buried, the rest has nothing to do with it.
    assert failures(answer) == ["0", "4"]
    state = read_state(cloud.table)
    assert state is not None
    assert (state.serial, state.trouble) == (1, "current.json is missing.")


def test_duplicates_and_late_events_leave_what_is_newest(cloud: Cloud) -> None:
    cloud.publish(one={"key_features": ["a"]}, two={})
    lambda_handler(created("manifest.json"), Context())
    cloud.publish(two={"lifecycle": {"state": "removed", "since": "2030-01-01", "reason": "Gone"}})
    lambda_handler(queued(created("manifest.json"), created("current.json")), Context())
    before = answers(cloud.table)

    late = queued(created("providers/cms/two.json"), created("manifest.json"), created("manifest.json"))
    gone = {"Records": [record("live/providers/cms/two.json", bucket=BUCKET, name="ObjectRemoved:Delete")]}

    assert lambda_handler(late, Context())["serial"] == 2
    assert lambda_handler(gone, Context())["serial"] == 2
    assert answers(cloud.table) == before
    assert [item["pk"] for item in before if item.get("pk", "").endswith(".json")] == ["providers/cms/one.json"]


def test_event_that_comes_before_its_publish_is_through_is_no_failure(cloud: Cloud) -> None:
    cloud.publish(one={})
    lambda_handler(created("manifest.json"), Context())
    old = cloud.store.get("providers/cms/one.json")
    cloud.publish(one={"key_features": ["a"]})
    new = cloud.store.get("providers/cms/one.json")
    assert old is not None
    assert new is not None
    cloud.store.put_if_match("providers/cms/one.json", old.content, etag=new.etag)

    early = lambda_handler(queued(created("current.json"), created("providers/cms/one.json")), Context())
    through = lambda_handler(queued(created("current.json"), created("manifest.json")), Context())

    assert (early["batchItemFailures"], early["serial"]) == ([], None)
    assert failures(through) == ["0", "1"]
    with pytest.raises(NotYetError):
        lambda_handler({"source": "aws.events"}, Context())


def test_event_without_a_queue_is_raised_for_aws_to_try_again(cloud: Cloud) -> None:
    cloud.publish(one={})
    cloud.store.delete("current.json")

    with pytest.raises(DamagedTreeError):
        lambda_handler(created("manifest.json"), Context())
    assert lambda_handler("nonsense", Context())["seen"] == {"poison": 1}
    assert lambda_handler(created("else.json"), Context()) == {
        "batchItemFailures": [],
        "seen": {"foreign": 1},
        "serial": None,
    }


def test_schedule_makes_up_for_an_event_that_was_lost(cloud: Cloud) -> None:
    cloud.publish(one={})

    assert lambda_handler({"source": "aws.events", "detail-type": "Scheduled Event"}, Context())["serial"] == 1


def test_table_that_is_missing_is_told_and_nothing_is_lost(cloud: Cloud) -> None:
    cloud.publish(one={})
    cloud.table.client.delete_table(TableName=NAME)

    assert failures(lambda_handler(queued(created("manifest.json")), Context())) == ["0"]
    with pytest.raises(TableError, match=f"There is no table {NAME} in us-east-1"):
        lambda_handler(created("manifest.json"), Context())


def test_variables_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INDEX_TABLE", "REGISTRY_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    handler.open_worker.cache_clear()

    with pytest.raises(SettingsError, match="lacks INDEX_TABLE and REGISTRY_BUCKET"):
        lambda_handler({}, None)

"""registry.yaml with an index, as far as an emulator has it: publish, change and roll back reach the table.

The bucket tells the queue; its messages go to the function's own handler, with the environment that the function has.
What moto has not is a runtime for functions; what they may do is compared as documents.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from catalog.actions.snapshots import request_rollback
from catalog.publishing.publish import run_publish
from indexer import handler
from indexer.package import write_package
from indexer.table import SHAPE
from tests.factories import SANITY, outlet, publish, save
from tests.infrastructure.emulated import CODE, client, deploy
from tests.infrastructure.policies import is_allowed
from tests.infrastructure.templates import Resolved, read_template
from tests.infrastructure.test_rights import BUCKET, open_store

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(600)]
PARAMETERS = {"BucketName": BUCKET, "WithIndex": "true", **CODE}


class Stack:
    """What was deployed, and the way of its events."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs, self.store, self.queues = outputs, open_store(), client("sqs")
        (self.function,) = [
            each for each in client("lambda").list_functions()["Functions"] if each["Handler"].startswith("indexer.")
        ]
        self.environment: dict[str, str] = self.function["Environment"]["Variables"]
        (self.queue,) = set(self.queues.list_queues()["QueueUrls"]) - {self.environment["INDEX_DEAD_LETTER_QUEUE_URL"]}

    def let_events_through(self) -> dict[str, Any]:
        """The bucket's messages since the last time, as the mapping of the stack hands them over."""
        messages = []
        while found := self.queues.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            messages += found
        records = [
            {"eventSource": "aws:sqs", "messageId": each["MessageId"], "body": each["Body"]} for each in messages
        ]
        answer = handler.lambda_handler({"Records": records}, None)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for each in messages:
            if each["MessageId"] not in failed:
                self.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return answer


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws(config={"lambda": {"use_docker": False}}):
        write_package(tmp_path / "indexer.zip")
        s3 = client("s3")
        s3.create_bucket(Bucket=CODE["IndexerCodeBucket"])
        content = (tmp_path / "indexer.zip").read_bytes()
        s3.put_object(Bucket=CODE["IndexerCodeBucket"], Key=CODE["IndexerCodeKey"], Body=content)
        made = Stack(deploy("registry.yaml", PARAMETERS))
        notify(made)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        handler.open_worker.cache_clear()
        yield made
    handler.open_worker.cache_clear()


def notify(stack: Stack) -> None:
    """moto's CloudFormation forgets what a bucket tells; the same, by its API."""
    arn = stack.queues.get_queue_attributes(QueueUrl=stack.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    said = Resolved(read_template("registry.yaml"), PARAMETERS, {"IndexQueue.Arn": arn}).resource("Bucket")
    configurations = [
        {
            "QueueArn": each["Queue"],
            "Events": [each["Event"]],
            "Filter": {"Key": {"FilterRules": each["Filter"]["S3Key"]["Rules"]}},
        }
        for each in said["NotificationConfiguration"]["QueueConfigurations"]
    ]
    client("s3").put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": configurations}
    )


def test_publish_change_and_rollback_reach_the_index_by_the_ways_of_the_stack(stack: Stack) -> None:
    serials = []
    for cost in (1, 2):
        save("provider", {**SANITY, "monthly_cost_range": [cost, 100]})
        publish(stack.store)
        serials.append(stack.let_events_through())
    back = request_rollback(serial=1, by=None, reason="Wrong", in_background=False)
    run_publish(back.pk, outlet=outlet(stack.store))
    serials.append(stack.let_events_through())

    assert [answer["serial"] for answer in serials] == [1, 2, 3]
    assert [answer["batchItemFailures"] for answer in serials] == [[], [], []]
    # The first time, the queue also has what S3 sends to see whether it may.
    assert [answer["seen"].keys() - {"test"} for answer in serials] == [{"pointer", "manifest"}] * 3


def test_table_of_the_stack_is_the_one_that_the_indexer_knows() -> None:
    said = Resolved(read_template("registry.yaml"), PARAMETERS).resource("IndexTable")

    shape = json.loads(json.dumps(SHAPE))
    assert {name: said[name] for name in shape} == shape
    assert said["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_nobody_scans_the_table() -> None:
    stack = Resolved(read_template("registry.yaml"), PARAMETERS, {"IndexTable.Arn": "arn:table"})
    policies = ("WriterPolicy", "ReaderPolicy", "SearchPolicy", "IndexWriterPolicy")

    assert [
        name
        for name in policies
        if is_allowed(stack.resource(name)["PolicyDocument"]["Statement"], "dynamodb:Scan", "arn:table")
    ] == []

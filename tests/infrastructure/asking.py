"""What code asks of AWS, noted request by request as IAM sees it: (action, resource).

Reference: Service Authorization Reference, "Actions, resources, and condition keys"; a transaction of DynamoDB needs
the right of each of its parts.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

ACCOUNT = "123456789012"
REGION = "us-east-1"
# Operation of boto3 -> action of IAM, where it is not the operation's own name.
OTHERS = {
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
}
Asked = set[tuple[str, str]]


def watch(client: Any, asked: Asked) -> None:
    """Notes every request that the client sends from now on."""

    def note(params: dict[str, Any], model: Any, **_rest: Any) -> None:
        service = model.service_model.service_name
        for operation, resource in PARTS[service](model.name, params):
            asked.add((f"{service}:{OTHERS.get(operation, operation)}", resource))

    client.meta.events.register("provide-client-params.*", note)


def watch_new_clients(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    """The same of every client that is made from now on."""
    session = boto3.session.Session
    make = session.client

    def watched(self: boto3.session.Session, *arguments: Any, **options: Any) -> Any:
        made = make(self, *arguments, **options)
        watch(made, asked)
        return made

    monkeypatch.setattr(session, "client", watched)


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def queue_arn(url: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"


def _of_bucket(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if "Delete" in params:
        yield from ((operation, f"{bucket}/{one['Key']}") for one in params["Delete"]["Objects"])
    else:
        name = "GetObjectVersion" if "VersionId" in params else operation
        yield name, f"{bucket}/{params['Key']}" if "Key" in params else bucket


def _of_distribution(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield operation, f"arn:aws:cloudfront::{ACCOUNT}:distribution/{params['DistributionId']}"


def _of_table(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "TransactItems" in params:
        for each in params["TransactItems"]:
            yield from ((kind, table_arn(part["TableName"])) for kind, part in each.items())
    elif "RequestItems" in params:
        yield from ((operation, table_arn(name)) for name in params["RequestItems"])
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        yield operation, table_arn(params["TableName"]) + index


def _of_queue(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield operation, queue_arn(params["QueueUrl"])


PARTS = {"s3": _of_bucket, "cloudfront": _of_distribution, "dynamodb": _of_table, "sqs": _of_queue}

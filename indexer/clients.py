"""Connections to AWS as boto3 is configured, with bounded waiting; made by whoever runs, never at import."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from indexer.advance import WORKERS
from indexer.errors import IndexerError, TableError
from indexer.table import Table, code_of
from indexer.tree import Tree

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A function may wait; a web page may not.
PATIENT = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 8},
    max_pool_connections=WORKERS * 2,
)
BRISK = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3}, max_pool_connections=WORKERS * 2
)


class BucketError(IndexerError):
    """The bucket does not answer."""


def new_client(service: str, config: Config = PATIENT) -> Any:
    """Raises TableError where boto3 is not configured."""
    try:
        return boto3.client(service, config=config)  # type: ignore[call-overload]
    except (BotoCoreError, ValueError) as error:
        raise TableError(f"boto3 is not configured for {service}: {error}") from error


def open_table(name: str, config: Config = PATIENT) -> Table:
    return Table(new_client("dynamodb", config), name)


def open_bucket(bucket: str, prefix: str) -> Tree:
    client: S3Client = new_client("s3")
    start = f"{prefix}/" if prefix else ""

    def fetch(path: str) -> bytes | None:
        try:
            return client.get_object(Bucket=bucket, Key=start + path)["Body"].read()
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "404"):
                return None
            raise BucketError(f"s3://{bucket}/{start}{path} cannot be read: {error}") from error
        except BotoCoreError as error:
            raise BucketError(f"s3://{bucket}/{start}{path} cannot be read: {error}") from error

    return Tree(fetch)

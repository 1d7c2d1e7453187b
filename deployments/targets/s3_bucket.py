"""A bucket as the target `s3` uses it: conditional writes, and errors that a person can act on.

Reference: Amazon S3, "Conditional requests": 412 means that the condition does not hold, 409 that another write is in
progress, and 404 that the object to match is gone.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from deployments.configs.s3 import code_of, readable_errors, status_of
from deployments.contract import BackendError, PermanentError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.client import CloudFrontClient
    from mypy_boto3_s3.client import S3Client

MAX_DELETED_AT_ONCE = 1000
CREDENTIALS_HINT = "Check the access key, or the role of the workers where none is given."
HINTS = {
    "AccessDenied": "The key or role needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket, and "
    "cloudfront:CreateInvalidation where a distribution is given.",
    "InvalidAccessKeyId": CREDENTIALS_HINT,
    "NoSuchBucket": "Create the bucket, or correct its name and region.",
    "NoSuchDistribution": "Check the distribution's id.",
    "SignatureDoesNotMatch": CREDENTIALS_HINT,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a list shows it."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Safe to use from several threads. Every method may raise PermanentError and TransientError."""

    client: "S3Client"
    name: str

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Content and ETag; None if there is no such object."""
        try:
            with readable_errors(f"read {self.address_of(key)}", hints=HINTS):
                answer = self.client.get_object(Bucket=self.name, Key=key)
                return answer["Body"].read(), answer["ETag"]
        except PermanentError as error:
            if code_of(error.__cause__) == "NoSuchKey":
                return None
            raise

    def put(
        self, key: str, body: bytes | IO[bytes], *, sha256: bytes, content_type: str, cache_control: str, etag: str = ""
    ) -> bool:
        """Write it if there is no such object, or if it still is the one of `etag`; whether it was written."""
        condition: dict[str, Any] = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            with readable_errors(f"write {self.address_of(key)}", hints=HINTS):
                self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=body,
                    ContentType=content_type,
                    CacheControl=cache_control,
                    ChecksumSHA256=base64.b64encode(sha256).decode(),
                    Metadata={"sha256": sha256.hex()},
                    **condition,
                )
        except BackendError as error:
            if status_of(error.__cause__) == 412 or (etag and code_of(error.__cause__) == "NoSuchKey"):
                return False
            raise
        return True

    def sha256_of(self, key: str) -> str:
        """The digest that the object was written with; empty if it was not written by `put`. One HEAD."""
        with readable_errors(f"read {self.address_of(key)}", hints=HINTS):
            return self.client.head_object(Bucket=self.name, Key=key)["Metadata"].get("sha256", "")

    def list(self, prefix: str) -> Iterator[Listed]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        with readable_errors(f"list {self.address_of(prefix)}", hints=HINTS):
            for page in pages:
                for found in page.get("Contents", []):
                    yield Listed(found["Key"], found["Size"])

    def delete(self, keys: Sequence[str], *, check: Callable[[], None]) -> None:
        """Remove objects; missing ones are no error. `check` is called between requests, and may raise."""
        for start in range(0, len(keys), MAX_DELETED_AT_ONCE):
            check()
            some = keys[start : start + MAX_DELETED_AT_ONCE]
            with readable_errors(f"delete {self.address_of(some[0])}", hints=HINTS):
                answer = self.client.delete_objects(
                    Bucket=self.name, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
                )
            for refused in answer.get("Errors", []):
                code = refused.get("Code", "unknown")
                raise PermanentError(
                    f"Could not delete {self.address_of(refused.get('Key', ''))}: {code}.", hint=HINTS.get(code, "")
                )

    def address_of(self, key: str) -> str:
        return f"s3://{self.name}/{key}"


def invalidate(client: "CloudFrontClient", distribution: str, path: str, *, reference: str) -> None:
    """Let CloudFront forget one path. A request with the reference of an earlier one is that one."""
    batch: Any = {"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": reference}
    with readable_errors(f"invalidate {path} in the distribution {distribution}", hints=HINTS):
        client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)

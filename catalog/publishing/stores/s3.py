"""A bucket as a store, on django-storages' connection and settings; conditional writes go through boto3.

Reference: Amazon S3, "Conditional requests": `If-None-Match: *` and `If-Match` on PutObject; 412 means that the
condition does not hold, 409 that another write is in progress, and 404 that the object to match is gone.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from catalog.publishing.stores.base import PreconditionError, StoredFile, StoreError, check_path
from catalog.publishing.tree import cache_control_of, content_type_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CONFLICT_TRIES = 5
CONFLICT_PAUSE_SECONDS = 0.2
HINTS = {
    "NoSuchBucket": "Create the bucket or correct REGISTRY_STORE_URL.",
    "AccessDenied": "The role needs s3:GetObject, s3:PutObject, s3:ListBucket and s3:DeleteObject.",
    "InvalidAccessKeyId": "Check the AWS credentials of this process.",
    "SignatureDoesNotMatch": "Check the AWS credentials of this process.",
}


class S3Store:
    """Store in the bucket and prefix of a django-storages `S3Storage`."""

    def __init__(self, storage: S3Storage) -> None:
        # Clients may be shared between threads; the storage's connection is made for one thread.
        self._client: S3Client = storage.connection.meta.client
        # Our files are small: to ask first whether one may be sent takes a turn more than to send it.
        self._client.meta.events.register("before-call.s3", _send_at_once)
        self._bucket: str = storage.bucket_name
        self._prefix = f"{storage.location.strip('/')}/" if storage.location.strip("/") else ""

    @property
    def address(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    def get(self, path: str) -> StoredFile | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path))
            return StoredFile(answer["Body"].read(), answer["ETag"])
        except ClientError as error:
            if _code(error) in {"NoSuchKey", "404"}:
                return None
            raise self._refused(f"read {path}", error) from error
        except BotoCoreError as error:
            raise self._unreachable(f"read {path}", error) from error

    def put_if_absent(self, path: str, content: bytes) -> bool:
        try:
            self._put(path, content, IfNoneMatch="*")
        except PreconditionError:
            return False
        return True

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        self._put(path, content, IfMatch=etag)

    def get_version(self, path: str, version_id: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path), VersionId=version_id)
            return answer["Body"].read()
        except ClientError as error:
            if _code(error) in {"NoSuchKey", "NoSuchVersion", "InvalidArgument", "404", "400"}:
                return None
            raise self._refused(f"read {path}", error) from error
        except BotoCoreError as error:
            raise self._unreachable(f"read {path}", error) from error

    def list(self, prefix: str = "") -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for found in page.get("Contents", []):
                    yield found["Key"].removeprefix(self._prefix)
        except ClientError as error:
            raise self._refused("list the bucket", error) from error
        except BotoCoreError as error:
            raise self._unreachable("list the bucket", error) from error

    def delete(self, path: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._key(path))
        except ClientError as error:
            raise self._refused(f"delete {path}", error) from error
        except BotoCoreError as error:
            raise self._unreachable(f"delete {path}", error) from error

    def _key(self, path: str) -> str:
        return self._prefix + check_path(path)

    def _put(self, path: str, content: bytes, **condition: Any) -> None:
        for attempt in range(1, CONFLICT_TRIES + 1):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(path),
                    Body=content,
                    ContentType=content_type_of(path),
                    CacheControl=cache_control_of(path),
                    **condition,
                )
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
                if status == 412 or (status == 404 and _code(error) == "NoSuchKey"):
                    raise PreconditionError(f"{path} was written by somebody else.") from error
                if status != 409 or attempt == CONFLICT_TRIES:
                    raise self._refused(f"write {path}", error) from error
                time.sleep(CONFLICT_PAUSE_SECONDS * attempt)
            except BotoCoreError as error:
                raise self._unreachable(f"write {path}", error) from error
            else:
                return

    def _refused(self, doing: str, error: ClientError) -> StoreError:
        code = _code(error)
        said = error.response.get("Error", {}).get("Message", "no reason given")
        return StoreError(f"Could not {doing} in {self.address}: {code}, {said} {HINTS.get(code, '')}".strip())

    def _unreachable(self, doing: str, error: BotoCoreError) -> StoreError:
        return StoreError(f"Could not {doing} in {self.address}: {error}")


def _send_at_once(*, params: dict[str, Any], **_event: object) -> None:
    params["headers"].pop("Expect", None)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "unknown")

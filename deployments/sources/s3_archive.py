"""Source `s3-archive`: an archive in a bucket of S3, or of whatever boto3's own settings (`AWS_ENDPOINT_URL`) name.

The worker's own credentials are never used: whoever may write a config could read the registry's buckets by them.
Reference: Amazon S3, GetObject (`If-Match`, `versionId`); anonymous requests.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from deployments.contract import (
    BackendError,
    BackendInfo,
    Context,
    Kind,
    PermanentError,
    Source,
    SourceBackend,
    TransientError,
)
from deployments.sources.archives.entries import CHUNK_BYTES
from deployments.sources.archives.limits import LIMITS
from deployments.sources.packed import check_digest, save_chunks, unpack_source
from deployments.sources.schemas import SHA256, STRIP, SUBFOLDER, config_of, secret
from deployments.sources.tokens import read_token

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DEFAULT_REGION = "us-east-1"
PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})
# A bucket that keeps no versions calls every object's version so.
NO_VERSION = "null"
CREDENTIALS_HINT = "Check the access key; it must be allowed s3:GetObject, and s3:GetObjectVersion for a version."
HINTS = {
    "NoSuchBucket": "Check the bucket's name and region.",
    "NoSuchKey": "Check the object's key; without s3:ListBucket a missing object looks forbidden.",
    "NoSuchVersion": "Check the version, or leave it out for the newest.",
    "AccessDenied": CREDENTIALS_HINT,
    "InvalidAccessKeyId": CREDENTIALS_HINT,
    "SignatureDoesNotMatch": CREDENTIALS_HINT,
    "InvalidObjectState": "The object is in an archive class; restore it first.",
    "PreconditionFailed": "The archive was replaced meanwhile. Deploy again, or keep versions in the bucket.",
}
# Answers to HEAD have no body that could hold a code.
BARE = {"404": "NoSuchKey", "403": "AccessDenied", "412": "PreconditionFailed"}

SCHEMA = config_of(
    {
        "bucket": {
            "type": "string",
            "title": "Bucket",
            "description": "Name of the bucket.",
            "pattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            "not": {"pattern": r"\.\."},
        },
        "key": {
            "type": "string",
            "title": "Object key",
            "description": "Complete name of the archive in the bucket.",
            "pattern": r"^[^/\u0000-\u001F\u007F][^\u0000-\u001F\u007F]*$",
            "maxLength": 1024,
        },
        "region": {
            "type": "string",
            "title": "Region",
            "description": "AWS region that the bucket is in.",
            "pattern": "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
            "maxLength": 40,
            "default": DEFAULT_REGION,
        },
        "versionId": {
            "type": "string",
            "title": "Version",
            "description": "Take exactly this version of the object.",
            "pattern": "^[A-Za-z0-9._-]+$",
            "maxLength": 1024,
        },
        "sha256": SHA256,
        "accessKeyId": secret("Access key ID", "Access key of a user that may read the object."),
        "secretAccessKey": secret("Secret access key", "The secret that belongs to the access key."),
        "stripComponents": STRIP,
        "subfolder": SUBFOLDER,
    },
    required=["bucket", "key"],
    dependentRequired={"accessKeyId": ["secretAccessKey"], "secretAccessKey": ["accessKeyId"]},
)


class S3Archive(SourceBackend):
    """Downloads an object, as it was when it was resolved, and unpacks it."""

    info: ClassVar = BackendInfo(
        key="s3-archive",
        version="1.0.0",
        name="Archive in S3",
        summary="Downloads a zip or tar.gz archive from a bucket.",
        schema=SCHEMA,
        icon="bucket",
        category="archive",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """`version:` with the object's version; `etag:` with its tag where the bucket keeps none. One request."""
        version = {"VersionId": config["versionId"]} if "versionId" in config else {}
        with _readable_errors(config):
            found = _client(config, context).head_object(Bucket=config["bucket"], Key=config["key"], **version)
        if found.get("VersionId", NO_VERSION) != NO_VERSION:
            return f"version:{found['VersionId']}"
        return f"etag:{found['ETag'].strip(chr(34))}"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        context.log(f"Downloading {_address(config)} at {revision}")
        with TemporaryDirectory(dir=context.work) as folder:
            archive = Path(folder) / "archive"
            with _readable_errors(config):
                answer = _client(config, context).get_object(
                    Bucket=config["bucket"], Key=config["key"], **_condition(revision)
                )
                with closing(answer["Body"]) as body:
                    chunks, size = body.iter_chunks(CHUNK_BYTES), answer["ContentLength"]
                    found = save_chunks(chunks, archive, claimed=size, most=LIMITS.archive_bytes, context=context)
            if "sha256" in config:
                check_digest(found, config["sha256"])
            return unpack_source(archive, config, revision, into, context)


def _condition(revision: str) -> Any:
    kind, _, value = revision.partition(":")
    return {"VersionId": value} if kind == "version" else {"IfMatch": f'"{value}"'}


def _client(config: Mapping[str, Any], context: Context) -> "S3Client":
    region = config.get("region", DEFAULT_REGION)
    if "accessKeyId" not in config:
        unsigned = PATIENCE.merge(Config(signature_version=UNSIGNED))
        return boto3.session.Session().client("s3", region_name=region, config=unsigned)
    return boto3.session.Session().client(
        "s3",
        region_name=region,
        config=PATIENCE,
        aws_access_key_id=read_token(config["accessKeyId"], context),
        aws_secret_access_key=read_token(config["secretAccessKey"], context),
    )


def _address(config: Mapping[str, Any]) -> str:
    return f"s3://{config['bucket']}/{config['key']}"


@contextmanager
def _readable_errors(config: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _refused(error, _address(config)) from error
    except ParamValidationError as error:
        raise PermanentError(f"{_address(config)} is no address of an object.", hint="Check bucket and key.") from error
    except BotoCoreError as error:
        raise TransientError(
            f"{_address(config)} could not be read: {type(error).__name__}.", hint="Check the region."
        ) from error


def _refused(error: ClientError, address: str) -> BackendError:
    found = error.response.get("Error", {}).get("Code", "unknown")
    code = BARE.get(found, found)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or status == 429 or code in {"SlowDown", "RequestTimeout"}:
        return TransientError(f"{address} cannot be read now: {code}.", retry_after_seconds=10)
    return PermanentError(f"{address} cannot be read: {code}.", hint=HINTS.get(code, "Check all that is given."))

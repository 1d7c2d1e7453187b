"""Source `s3-archive`: an archive in a bucket of S3, or of whatever boto3's own settings (`AWS_ENDPOINT_URL`) name.

The worker's own credentials are never used: whoever may write a config could read the registry's buckets by them.
Reference: Amazon S3, GetObject (`If-Match`, `versionId`); anonymous requests.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from deployments.configs.s3 import BOTH_KEYS, BUCKET, REGION, access_key, client_options, readable_errors
from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, Context, Kind, Source, SourceBackend
from deployments.sources.archives.entries import CHUNK_BYTES
from deployments.sources.archives.limits import LIMITS
from deployments.sources.packed import check_digest, save_chunks, unpack_source
from deployments.sources.schemas import SHA256, STRIP, SUBFOLDER

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

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

SCHEMA = config_of(
    {
        "bucket": BUCKET,
        "key": {
            "type": "string",
            "title": "Object key",
            "description": "Complete name of the archive in the bucket.",
            "pattern": r"^[^/\u0000-\u001F\u007F][^\u0000-\u001F\u007F]*$",
            "maxLength": 1024,
        },
        "region": REGION,
        "versionId": {
            "type": "string",
            "title": "Version",
            "description": "Take exactly this version of the object.",
            "pattern": "^[A-Za-z0-9._-]+$",
            "maxLength": 1024,
        },
        "sha256": SHA256,
        **access_key("Access key of a user that may read the object."),
        "stripComponents": STRIP,
        "subfolder": SUBFOLDER,
    },
    required=["bucket", "key"],
    dependentRequired=BOTH_KEYS,
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
        with readable_errors(_reading(config), hints=HINTS):
            found = _client(config, context).head_object(Bucket=config["bucket"], Key=config["key"], **version)
        if found.get("VersionId", NO_VERSION) != NO_VERSION:
            return f"version:{found['VersionId']}"
        return f"etag:{found['ETag'].strip(chr(34))}"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        context.log(f"Downloading {_address(config)} at {revision}")
        with TemporaryDirectory(dir=context.work) as folder:
            archive = Path(folder) / "archive"
            with readable_errors(_reading(config), hints=HINTS):
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
    unsigned = {} if "accessKeyId" in config else {"signature_version": UNSIGNED}
    patience, options = PATIENCE.merge(Config(**unsigned)), client_options(config, context)
    return boto3.session.Session().client("s3", config=patience, **options)


def _address(config: Mapping[str, Any]) -> str:
    return f"s3://{config['bucket']}/{config['key']}"


def _reading(config: Mapping[str, Any]) -> str:
    return f"read {_address(config)}"

"""Source `s3-archive` against moto's server; it proves our requests, not what AWS does with them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from deployments.contract import PermanentError, Source, TransientError
from deployments.sources import s3_archive
from deployments.sources.archives.limits import Limits
from deployments.sources.s3_archive import S3Archive
from tests.aws import _one_session, endpoint_url
from tests.deployments.contexts import PlainContext
from tests.deployments.sources.archives.making import gzipped, tar_entry, zip_bytes
from tests.deployments.sources.configs import is_valid
from tests.deployments.sources.servers import Request, Server
from tests.deployments.sources.trees import read_tree

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

__all__ = ["_one_session", "endpoint_url"]
ARCHIVE = gzipped([tar_entry("site-1/index.html", b"home")])
NEWER = zip_bytes([("site-2/index.html", b"newer")])
PUBLIC: dict[str, Any] = {"bucket": "bakery", "key": "site.tar.gz", "stripComponents": 1}
KEYS = {"accessKeyId": {"$secret": "key-id"}, "secretAccessKey": {"$secret": "key"}}
CONFIG = PUBLIC | KEYS


@pytest.fixture(autouse=True)
def _secrets(context: PlainContext) -> None:
    context.secrets = {"key-id": "AKIAGIVEN", "key": "hush"}


@pytest.fixture
def bucket(endpoint_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["S3Client"]:
    """A client of the bucket `bakery`, which has the archive."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint_url)
    client = boto3.client("s3")
    client.create_bucket(Bucket="bakery")
    client.put_object(Bucket="bakery", Key="site.tar.gz", Body=ARCHIVE)
    yield client
    for version in client.list_object_versions(Bucket="bakery").get("Versions", []):
        client.delete_object(Bucket="bakery", Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket="bakery")


def fetch(config: dict[str, Any], into: Path, context: PlainContext) -> Source:
    return S3Archive().fetch(config, S3Archive().resolve(config, context), into, context)


def test_object_is_fetched(context: PlainContext, into: Path, bucket: "S3Client") -> None:
    source = fetch(CONFIG, into, context)

    assert source == Source(into, f"etag:{hashlib.md5(ARCHIVE).hexdigest()}", size_bytes=4)
    assert read_tree(into) == {"index.html": "home"}
    assert list(context.work.iterdir()) == []


def keep_versions(bucket: "S3Client") -> list[str]:
    """Write two versions of the object; their ids."""
    bucket.put_bucket_versioning(Bucket="bakery", VersioningConfiguration={"Status": "Enabled"})
    return [
        bucket.put_object(Bucket="bakery", Key="site.tar.gz", Body=content)["VersionId"] for content in (ARCHIVE, NEWER)
    ]


def test_version_is_fetched_although_there_is_a_newer_one(
    context: PlainContext, into: Path, bucket: "S3Client"
) -> None:
    first, second = keep_versions(bucket)

    assert S3Archive().resolve(CONFIG, context) == f"version:{second}"
    source = fetch(CONFIG | {"versionId": first}, into, context)

    assert source.revision == f"version:{first}"
    assert read_tree(into) == {"index.html": "home"}


def test_revision_is_fetched_although_the_object_has_changed(
    context: PlainContext, into: Path, bucket: "S3Client"
) -> None:
    keep_versions(bucket)
    revision = S3Archive().resolve(CONFIG, context)
    bucket.put_object(Bucket="bakery", Key="site.tar.gz", Body=ARCHIVE)

    S3Archive().fetch(CONFIG, revision, into, context)

    assert read_tree(into) == {"index.html": "newer"}


def test_object_that_was_replaced_is_refused_where_no_versions_are_kept(
    context: PlainContext, into: Path, bucket: "S3Client"
) -> None:
    revision = S3Archive().resolve(CONFIG, context)
    bucket.put_object(Bucket="bakery", Key="site.tar.gz", Body=NEWER)

    with pytest.raises(PermanentError, match="PreconditionFailed") as caught:
        S3Archive().fetch(CONFIG, revision, into, context)

    assert "Deploy again" in caught.value.hint
    assert read_tree(into) == {}


def test_checksum_is_compared(context: PlainContext, into: Path, bucket: "S3Client") -> None:
    with pytest.raises(PermanentError, match="its SHA-256 checksum is another"):
        fetch(CONFIG | {"sha256": "0" * 64}, into, context)
    assert read_tree(into) == {}

    fetch(CONFIG | {"sha256": hashlib.sha256(ARCHIVE).hexdigest()}, into, context)
    assert read_tree(into) == {"index.html": "home"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": "missing"}, "Could not read s3://bakery/missing: NoSuchKey"),
        ({"bucket": "nobodys-bucket"}, "Could not read s3://nobodys-bucket/site.tar.gz"),
        ({"versionId": "00000000-0000-0000-0000-000000000000"}, "Could not read"),
    ],
)
def test_what_is_missing_is_a_message(
    context: PlainContext, bucket: "S3Client", changed: dict[str, str], reason: str
) -> None:
    with pytest.raises(PermanentError, match=reason) as caught:
        S3Archive().resolve(CONFIG | changed, context)

    assert caught.value.hint


def test_larger_object_is_refused(
    context: PlainContext, into: Path, bucket: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_archive, "LIMITS", Limits(archive_bytes=10))

    with pytest.raises(PermanentError, match="larger than 10 bytes"):
        fetch(CONFIG, into, context)


@pytest.fixture
def watched(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that knows S3 only as far as a test lets it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr(
        s3_archive, "PATIENCE", Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    )
    server.answer("/bakery/site.tar.gz", lambda request: request.send(ARCHIVE, ETag='"abc"'))
    return server


def test_own_credentials_of_the_worker_are_not_used(context: PlainContext, into: Path, watched: Server) -> None:
    fetch(PUBLIC, into, context)

    assert [headers.get("authorization") for _, headers in watched.seen] == [None, None]


def test_public_object_needs_no_key(context: PlainContext, into: Path, bucket: "S3Client") -> None:
    with pytest.raises(PermanentError, match=r"Could not read .*: AccessDenied") as caught:
        fetch(PUBLIC, into, context)
    assert caught.value.hint == s3_archive.CREDENTIALS_HINT

    bucket.put_object_acl(Bucket="bakery", Key="site.tar.gz", ACL="public-read")
    fetch(PUBLIC, into, context)
    assert read_tree(into) == {"index.html": "home"}


def test_given_credentials_are_used_and_not_told(context: PlainContext, into: Path, watched: Server) -> None:
    fetch(CONFIG | {"region": "eu-central-1"}, into, context)

    sent = [headers["authorization"] for _, headers in watched.seen]
    assert ["AKIAGIVEN" in each and "eu-central-1" in each for each in sent] == [True, True]
    assert "hush" not in "".join(context.lines)


@pytest.mark.parametrize("status", [500, 503])
def test_server_in_trouble_is_transient(context: PlainContext, watched: Server, status: int) -> None:
    watched.answer("/bakery/site.tar.gz", lambda request: request.send(status=status))

    with pytest.raises(TransientError, match=r"Could not read .* now"):
        S3Archive().resolve(CONFIG, context)


@pytest.mark.parametrize("status", [403, 404])
def test_refusal_is_permanent(context: PlainContext, watched: Server, status: int) -> None:
    watched.answer("/bakery/site.tar.gz", lambda request: request.send(status=status))

    with pytest.raises(PermanentError, match=r"AccessDenied|NoSuchKey"):
        S3Archive().resolve(CONFIG, context)


def cut(request: Request) -> None:
    request.send(ARCHIVE[:50], claims=len(ARCHIVE), ETag='"abc"')
    request.handler.close_connection = True


@pytest.mark.parametrize("answer", [cut, Request.hang])
def test_download_that_breaks_is_transient(context: PlainContext, into: Path, watched: Server, answer: Any) -> None:
    watched.answer("/bakery/site.tar.gz", answer)

    with pytest.raises(TransientError, match=r"Could not read .*: "):
        S3Archive().fetch(CONFIG, "etag:abc", into, context)

    assert read_tree(into) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"accessKeyId": "AKIAGIVEN"},
        {"bucket": "a..b"},
        {"bucket": "UPPER"},
        {"key": "/a"},
        {"region": "x.evil.test"},
    ],
)
def test_other_config_is_refused_by_the_schema(changed: dict[str, Any]) -> None:
    assert is_valid(S3Archive(), CONFIG)
    assert not is_valid(S3Archive(), CONFIG | changed)
    assert not is_valid(S3Archive(), PUBLIC | {"accessKeyId": {"$secret": "key-id"}})

"""What only a bucket can answer: headers, refusals, conflicts, silence."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from storages.backends.s3 import S3Storage

from catalog.publishing.stores import s3
from catalog.publishing.stores.base import PreconditionError, StoreError
from catalog.publishing.stores.s3 import S3Store
from tests.stores import BUCKET, make_bucket_store

IMMUTABLE = "public, max-age=31536000, immutable"
POINTER = "public, max-age=15, s-maxage=15, stale-while-revalidate=30, stale-if-error=86400"
COPY = "public, max-age=60, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
HEADERS = {
    "objects/aa/aa00.json": (IMMUTABLE, "application/json"),
    "index/aa00.json": (IMMUTABLE, "application/json"),
    "bundles/aa00.json.gz": (IMMUTABLE, "application/gzip"),
    "snapshots/00000001-aa00.json": (IMMUTABLE, "application/json"),
    "schemas/provider/1.0.0.json": (IMMUTABLE, "application/json"),
    "current.json": (POINTER, "application/json"),
    "manifest.json": (POINTER, "application/json"),
    "providers/cms/sanity.json": (COPY, "application/json"),
    "stacks/foundation/marketing.json": (COPY, "application/json"),
    "builders/hugo.json": (COPY, "application/json"),
    "fallback.json": ("public, max-age=5", "application/json"),
}
PUT = {"Bucket": BUCKET, "Key": "published/current.json", "Body": b"1", "CacheControl": ANY, "ContentType": ANY}


@pytest.fixture
def stubbed(bucket_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Store, Stubber]]:
    """A store whose bucket gives the answers that a test lays ready; nothing else may be asked."""
    monkeypatch.setattr(s3, "CONFLICT_PAUSE_SECONDS", 0)
    with Stubber(bucket_store._client) as stubber:
        yield bucket_store, stubber
        stubber.assert_no_pending_responses()


def headers_of(path: str) -> tuple[str, str, str | None]:
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key=f"published/{path}")
    return head["CacheControl"], head["ContentType"], head.get("ContentEncoding")


def test_written_file_has_the_headers_of_its_path(bucket_store: S3Store) -> None:
    for path in HEADERS:
        bucket_store.put_if_absent(path, b"{}")

    assert {path: headers_of(path) for path in HEADERS} == {path: (*said, None) for path, said in HEADERS.items()}


def test_replaced_file_keeps_its_headers(bucket_store: S3Store) -> None:
    bucket_store.put_if_absent("current.json", b"1")
    stored = bucket_store.get("current.json")
    assert stored is not None

    bucket_store.put_if_match("current.json", b"2", etag=stored.etag)

    assert headers_of("current.json") == (*HEADERS["current.json"], None)


def test_prefix_keeps_two_registries_apart() -> None:
    with mock_aws():
        first = make_bucket_store(prefix="first/")
        second = make_bucket_store(prefix="second")
        first.put_if_absent("current.json", b"1")

        assert list(first.list()) == ["current.json"]
        assert list(second.list()) == []
        assert first.address == f"s3://{BUCKET}/first/"


def test_store_without_prefix_writes_at_the_root() -> None:
    with mock_aws():
        make_bucket_store().put_if_absent("current.json", b"1")

        assert boto3.client("s3").get_object(Bucket=BUCKET, Key="current.json")["Body"].read() == b"1"


def test_list_goes_on_after_the_first_page(bucket_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    paths = [f"objects/{number:04}.json" for number in range(21)]
    for path in paths:
        bucket_store._client.put_object(Bucket=BUCKET, Key=f"published/{path}", Body=b"")

    first_page = bucket_store._client.list_objects_v2(Bucket=BUCKET)
    assert (first_page["KeyCount"], first_page["IsTruncated"]) == (10, True)
    assert list(bucket_store.list()) == paths


def test_missing_bucket_is_a_message_in_every_method(bucket_store: S3Store) -> None:
    bucket_store._client.delete_bucket(Bucket=BUCKET)

    for ask in (
        lambda: bucket_store.get("current.json"),
        lambda: bucket_store.put_if_absent("current.json", b"1"),
        lambda: bucket_store.put_if_match("current.json", b"1", etag='"0"'),
        lambda: list(bucket_store.list()),
        lambda: bucket_store.delete("current.json"),
    ):
        with pytest.raises(
            StoreError, match=r"NoSuchBucket.*Create the bucket or correct REGISTRY_STORE_URL\.$"
        ) as raised:
            ask()
        assert not isinstance(raised.value, PreconditionError)


def test_forbidden_bucket_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unknown")

    @set_initial_no_auth_action_count(1)
    def make_and_ask() -> None:
        make_bucket_store().get("current.json")

    with mock_aws(), pytest.raises(StoreError, match=r"InvalidAccessKeyId.*credentials"):
        make_and_ask()


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "SlowDown"])
def test_refusal_says_what_was_refused_and_why(stubbed: tuple[S3Store, Stubber], code: str) -> None:
    store, stubber = stubbed
    stubber.add_client_error("get_object", code, "Not you", http_status_code=403)

    with pytest.raises(StoreError) as raised:
        store.get("current.json")

    said = f"Could not read current.json in s3://{BUCKET}/published/: {code}, Not you {s3.HINTS.get(code, '')}"
    assert str(raised.value) == said.strip()
    assert isinstance(raised.value.__cause__, ClientError)


def test_conflict_is_tried_again(stubbed: tuple[S3Store, Stubber]) -> None:
    store, stubber = stubbed
    for _ in range(s3.CONFLICT_TRIES - 1):
        stubber.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    stubber.add_response("put_object", {"ETag": '"1"'}, {**PUT, "IfNoneMatch": "*"})

    assert store.put_if_absent("current.json", b"1") is True


def test_conflict_that_stays_is_a_message(stubbed: tuple[S3Store, Stubber]) -> None:
    store, stubber = stubbed
    for _ in range(s3.CONFLICT_TRIES):
        stubber.add_client_error("put_object", "ConditionalRequestConflict", "Again", http_status_code=409)

    with pytest.raises(StoreError, match="ConditionalRequestConflict, Again") as raised:
        store.put_if_match("current.json", b"1", etag='"0"')

    assert not isinstance(raised.value, PreconditionError)


def test_failed_precondition_is_told_apart(stubbed: tuple[S3Store, Stubber]) -> None:
    store, stubber = stubbed
    stubber.add_client_error(
        "put_object", "PreconditionFailed", http_status_code=412, expected_params={**PUT, "IfMatch": '"0"'}
    )
    stubber.add_client_error("put_object", "PreconditionFailed", http_status_code=412)

    with pytest.raises(PreconditionError, match=r"^current.json was written by somebody else\.$"):
        store.put_if_match("current.json", b"1", etag='"0"')
    assert store.put_if_absent("current.json", b"1") is False


ASK: dict[str, tuple[str, Callable[[S3Store], object]]] = {
    "get": ("get_object", lambda store: store.get("current.json")),
    "get_version": ("get_object", lambda store: store.get_version("current.json", "v1")),
    "put_if_absent": ("put_object", lambda store: store.put_if_absent("current.json", b"1")),
    "put_if_match": ("put_object", lambda store: store.put_if_match("current.json", b"1", etag='"0"')),
    "list": ("list_objects_v2", lambda store: list(store.list())),
    "delete": ("delete_object", lambda store: store.delete("current.json")),
}


@pytest.mark.parametrize(
    ("method", "status"),
    [
        (method, status)
        for method in ASK
        for status in (403, 409, 412, 429, 500, 503)
        if not (method.startswith("put") and status == 412)
    ],
)
def test_wrong_answer_is_a_message_in_every_method(stubbed: tuple[S3Store, Stubber], method: str, status: int) -> None:
    """But for 412, which to a conditional write says what it was asked for."""
    store, stubber = stubbed
    operation, ask = ASK[method]
    is_write = operation == "put_object"
    for _ in range(s3.CONFLICT_TRIES if is_write and status == 409 else 1):
        stubber.add_client_error(operation, "Wrong", "Not now", http_status_code=status)

    with pytest.raises(StoreError, match=rf"^Could not .* s3://{BUCKET}/published/: Wrong, Not now$") as raised:
        ask(store)

    assert not isinstance(raised.value, PreconditionError)


def test_unreachable_endpoint_is_a_message() -> None:
    storage = S3Storage(bucket_name=BUCKET, endpoint_url="http://127.0.0.1:9", region_name="us-east-1")
    storage.client_config = storage.client_config.merge(type(storage.client_config)(retries={"max_attempts": 0}))
    store = S3Store(storage)

    for _, ask in ASK.values():
        with pytest.raises(StoreError, match=r"Could not connect to the endpoint URL"):
            ask(store)

"""The bucket over HTTP, with a real client and a real connection: moto's server on a free port."""

import pytest

from catalog.publishing.stores.base import PreconditionError, StoreError
from catalog.publishing.stores.s3 import S3Store
from tests.aws import endpoint_url
from tests.stores import make_bucket_store

__all__ = ["endpoint_url"]


@pytest.fixture
def served(endpoint_url: str, request: pytest.FixtureRequest) -> S3Store:
    return make_bucket_store(prefix=request.node.name, endpoint_url=endpoint_url)


def test_served_get_of_missing_file_is_none(served: S3Store) -> None:
    assert served.get("current.json") is None


def test_served_put_if_absent_writes_once(served: S3Store) -> None:
    assert served.put_if_absent("current.json", b"first") is True
    assert served.put_if_absent("current.json", b"second") is False

    stored = served.get("current.json")
    assert stored is not None
    assert stored.content == b"first"


def test_served_put_if_match_compares(served: S3Store) -> None:
    served.put_if_absent("current.json", b"1")
    stored = served.get("current.json")
    assert stored is not None

    served.put_if_match("current.json", b"2", etag=stored.etag)

    with pytest.raises(PreconditionError):
        served.put_if_match("current.json", b"3", etag=stored.etag)
    with pytest.raises(PreconditionError):
        served.put_if_match("manifest.json", b"3", etag=stored.etag)
    assert list(served.list()) == ["current.json"]


def test_served_file_is_sent_without_asking_first(served: S3Store) -> None:
    """`Expect: 100-continue` would be a turn more for every file."""
    sent: list[set[str]] = []
    served._client.meta.events.register("before-send.s3", lambda request, **_: sent.append({*request.headers}))

    served.put_if_absent("current.json", b"1")

    assert [{"Expect", "If-None-Match"} & headers for headers in sent] == [{"If-None-Match"}]


def test_served_delete_and_list(served: S3Store) -> None:
    for path in ("objects/b.json", "objects/a.json", "current.json"):
        served.put_if_absent(path, b"{}")
    served.delete("objects/b.json")
    served.delete("objects/b.json")

    assert list(served.list("objects/")) == ["objects/a.json"]


def test_served_missing_bucket_is_a_message(endpoint_url: str) -> None:
    store = make_bucket_store(bucket="soon-gone", endpoint_url=endpoint_url)
    store._client.delete_bucket(Bucket="soon-gone")

    with pytest.raises(StoreError, match="NoSuchBucket"):
        store.put_if_absent("current.json", b"{}")

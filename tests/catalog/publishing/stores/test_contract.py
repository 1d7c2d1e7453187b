"""What every store promises, tried on a folder and on a bucket."""

import pytest

from catalog.publishing.stores.base import PreconditionError, Store, StoredFile, StoreError

HOSTILE_PATHS = [
    "",
    ".",
    "..",
    "../current.json",
    "objects/../../current.json",
    "objects/..",
    "/etc/passwd",
    "//current.json",
    "objects//one.json",
    "objects/",
    "./current.json",
    ".lock",
    ".writing-1",
    "objects/.hidden",
    "objects\\one.json",
    "..\\current.json",
    "current.json\0",
    "current.json\n",
    "current.json ",
    "current.json?versionId=1",
    "current%2ejson",
    "~/current.json",
    "C:current.json",
    "objects/ünicode.json",
    "objects/one\u2024\u2024/two.json",
    "objects/\ud800.json",
    "a" * 10_000,
    "a" * 300,
    "a/" * 300 + "a",
]


def read(store: Store, path: str) -> StoredFile:
    stored = store.get(path)
    assert stored is not None
    return stored


def refusals(store: Store, path: str) -> list[str]:
    """The methods that refuse this path."""
    refused = []
    for name, ask in (
        ("get", lambda: store.get(path)),
        ("put_if_absent", lambda: store.put_if_absent(path, b"harm")),
        ("put_if_match", lambda: store.put_if_match(path, b"harm", etag='"0"')),
        ("delete", lambda: store.delete(path)),
    ):
        try:
            ask()
        except PreconditionError:
            continue
        except StoreError:
            refused.append(name)
    return refused


def test_get_of_missing_file_is_none(store: Store) -> None:
    assert store.get("objects/aa/missing.json") is None
    assert store.get("missing.json") is None


def test_get_below_a_file_is_none(store: Store) -> None:
    store.put_if_absent("objects/one.json", b"{}")

    assert store.get("objects/one.json/two.json") is None


def test_get_of_a_folder_is_none(store: Store) -> None:
    store.put_if_absent("objects/one.json", b"{}")

    assert store.get("objects") is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\x00\xff\r\n", b"x" * 2_000_000], ids=["none", "json", "bytes", "big"]
)
def test_get_returns_what_was_written(store: Store, content: bytes) -> None:
    store.put_if_absent("objects/aa/one.json", content)

    assert read(store, "objects/aa/one.json").content == content


def test_etag_changes_with_the_content(store: Store) -> None:
    store.put_if_absent("current.json", b"1")
    first = read(store, "current.json").etag

    store.put_if_match("current.json", b"2", etag=first)

    assert read(store, "current.json").etag != first
    assert read(store, "current.json").etag == read(store, "current.json").etag


def test_put_if_absent_writes_once(store: Store) -> None:
    assert store.put_if_absent("objects/one.json", b"first") is True
    assert store.put_if_absent("objects/one.json", b"second") is False

    assert read(store, "objects/one.json").content == b"first"


def test_put_if_match_replaces_the_file_it_has_seen(store: Store) -> None:
    store.put_if_absent("current.json", b"1")

    store.put_if_match("current.json", b"2", etag=read(store, "current.json").etag)

    assert read(store, "current.json").content == b"2"


def test_put_if_match_refuses_a_stale_etag(store: Store) -> None:
    store.put_if_absent("current.json", b"1")
    stale = read(store, "current.json").etag
    store.put_if_match("current.json", b"2", etag=stale)

    with pytest.raises(PreconditionError):
        store.put_if_match("current.json", b"3", etag=stale)

    assert read(store, "current.json").content == b"2"


def test_put_if_match_refuses_a_missing_file(store: Store) -> None:
    with pytest.raises(PreconditionError):
        store.put_if_match("current.json", b"1", etag='"0"')

    assert store.get("current.json") is None


def test_put_if_match_refuses_a_deleted_file(store: Store) -> None:
    store.put_if_absent("current.json", b"1")
    seen = read(store, "current.json").etag
    store.delete("current.json")

    with pytest.raises(PreconditionError):
        store.put_if_match("current.json", b"2", etag=seen)

    assert store.get("current.json") is None


def test_list_is_in_order(store: Store) -> None:
    paths = [
        "objects/bb/2.json",
        "current.json",
        "objects/aa/1.json",
        "objects/aa-1.json",
        "index/Z.json",
        "index/a.json",
    ]
    for path in paths:
        store.put_if_absent(path, b"{}")

    assert list(store.list()) == sorted(paths)


def test_list_takes_a_prefix(store: Store) -> None:
    for path in ("providers/cms/sanity.json", "providers/cms/decap.json", "providers/cms-more.json", "current.json"):
        store.put_if_absent(path, b"{}")

    assert list(store.list("providers/cms/")) == ["providers/cms/decap.json", "providers/cms/sanity.json"]
    assert list(store.list("providers/cms/s")) == ["providers/cms/sanity.json"]
    assert list(store.list("objects/")) == []


def test_list_of_an_empty_store_is_empty(store: Store) -> None:
    assert list(store.list()) == []


def test_delete_removes_one_file(store: Store) -> None:
    store.put_if_absent("objects/one.json", b"{}")
    store.put_if_absent("objects/two.json", b"{}")

    store.delete("objects/one.json")

    assert list(store.list()) == ["objects/two.json"]


def test_delete_of_a_missing_file_is_no_error(store: Store) -> None:
    store.delete("objects/missing.json")

    assert list(store.list()) == []


def test_put_if_absent_writes_again_after_delete(store: Store) -> None:
    store.put_if_absent("objects/one.json", b"first")
    store.delete("objects/one.json")

    assert store.put_if_absent("objects/one.json", b"second") is True


def test_hostile_path_is_refused_by_every_method(store: Store) -> None:
    every_method = ["get", "put_if_absent", "put_if_match", "delete"]

    refused = {path: refusals(store, path) for path in HOSTILE_PATHS}

    assert refused == {path: every_method for path in HOSTILE_PATHS}  # noqa: C420 - nothing is shared this way
    assert list(store.list()) == []


def test_address_says_where_it_is(folder_store: Store, bucket_store: Store) -> None:
    assert folder_store.address.endswith("/registry")
    assert bucket_store.address == "s3://registry-under-test/published/"

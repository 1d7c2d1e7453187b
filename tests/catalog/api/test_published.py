"""The published tree over HTTP, as the CDN would serve it."""

import hashlib
import json
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.publishing.base import read_base
from catalog.publishing.stores.configured import open_store
from registry_site.env import StoreAddress
from tests.factories import SANITY, builder_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
IMMUTABLE = "public, max-age=31536000, immutable"
POINTER = "public, max-age=15, s-maxage=15, stale-while-revalidate=30, stale-if-error=86400"
COPY = "public, max-age=60, s-maxage=300, stale-while-revalidate=60, stale-if-error=86400"
HOSTILE_PATHS = [
    "../settings.py",
    "objects/../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "//etc/passwd",
    ".lock",
    "objects/.writing-1",
    "current.json%00",
    "objects%5c..%5ccurrent.json",
    "%c3%bc.json",
    "a" * 10_000,
    "objects",
    "providers/cms",
    "providers/cms/",
]


@pytest.fixture
def published() -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    save("stack", stack_document(providers={"cms": ["sanity"]}))
    publish()


def live_paths() -> dict[str, tuple[str, str]]:
    """A path of every class, with its Cache-Control and Content-Type."""
    base = read_base(open_store())
    assert base.pointer is not None
    shard, bundle = base.snapshot["shards"]["builders"], base.snapshot["bundles"]["builders"]
    json_type, found = "application/json", next(open_store().list("objects/"))
    return {
        found: (IMMUTABLE, json_type),
        f"index/{shard['sha256']}.json": (IMMUTABLE, json_type),
        f"bundles/{bundle['sha256']}.json.gz": (IMMUTABLE, "application/gzip"),
        base.pointer.snapshot: (IMMUTABLE, json_type),
        "schemas/provider/1.0.0.json": (IMMUTABLE, json_type),
        "current.json": (POINTER, json_type),
        "manifest.json": (POINTER, json_type),
        "providers/cms/sanity.json": (COPY, json_type),
        "builders/hugo.json": (COPY, json_type),
        "stacks/foundation/marketing.json": (COPY, json_type),
        "fallback.json": ("public, max-age=5", json_type),
    }


def test_every_class_of_file_has_its_headers(client: Client, published: None) -> None:
    expected = live_paths()

    answers = {path: client.get(f"/registry/{path}") for path in expected}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(expected, 200)
    said = {path: (answer["Cache-Control"], answer["Content-Type"]) for path, answer in answers.items()}
    assert said == expected
    for path, answer in answers.items():
        stored = open_store().get(path)
        assert stored is not None
        assert answer.content == stored.content
        assert answer["ETag"] == f'"{hashlib.sha256(stored.content).hexdigest()}"'
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Access-Control-Expose-Headers"] == "ETag"


def test_answer_can_be_shared_by_everybody(client: Client, published: None) -> None:
    answer = client.get("/registry/current.json")

    assert (answer.has_header("Vary"), answer.has_header("Set-Cookie"), answer.cookies) == (False, False, {})
    assert answer.has_header("Content-Encoding") is False


@pytest.mark.parametrize("method", ["get", "head"])
def test_fresh_copy_is_answered_without_a_body(client: Client, published: None, method: str) -> None:
    etag = client.get("/registry/current.json")["ETag"]

    answer = getattr(client, method)("/registry/current.json", headers={"If-None-Match": f'"other", {etag}'})

    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer["ETag"], answer["Cache-Control"]) == (etag, POINTER)
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_stale_copy_is_answered_with_the_file(client: Client, published: None) -> None:
    etag = client.get("/registry/providers/cms/sanity.json")["ETag"]
    save("provider", {**SANITY, "display_name": "Sanity again"})
    publish()

    answer = client.get("/registry/providers/cms/sanity.json", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.json()["display_name"]) == (200, "Sanity again")
    assert answer["ETag"] != etag


def test_head_has_the_headers_without_the_body(client: Client, published: None) -> None:
    got = client.get("/registry/manifest.json")

    head = client.head("/registry/manifest.json")

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(got.content))
    assert {name: head[name] for name in ("ETag", "Cache-Control", "Content-Type")} == {
        name: got[name] for name in ("ETag", "Cache-Control", "Content-Type")
    }


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(published: None, method: str) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = getattr(client, method)("/registry/current.json", "{}", content_type="application/json")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_missing_file_is_a_real_404_with_a_way_on(client: Client, published: None) -> None:
    answer = client.get("/registry/providers/cms/missing.json")

    stored = open_store().get("fallback.json")
    assert stored is not None
    assert (answer.status_code, answer.content) == (404, stored.content)
    assert answer.json()["manifest"] == "https://registry.test/manifest.json"
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, max-age=5"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_missing_file_before_the_first_publish_is_the_same_404(client: Client) -> None:
    answer = client.get("/registry/current.json")

    assert (answer.status_code, answer.json()["status"], answer["Cache-Control"]) == (404, 404, "public, max-age=5")


@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=lambda path: path[:20])
def test_hostile_path_is_a_404(client: Client, published: None, path: str) -> None:
    answer = client.get(f"/registry/{path}")

    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert b"root:" not in answer.content
    assert answer.has_header("Set-Cookie") is False


def test_line_break_in_a_path_is_a_404(client: Client, published: None) -> None:
    answer = client.get("/registry/current.json%0d%0aSet-Cookie:x=1")

    assert (answer.status_code, answer.has_header("Set-Cookie")) == (404, False)


def test_unreadable_folder_is_no_404(client: Client, published: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CDN goes on with what it has while its origin fails; it would believe a 404."""

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    client.raise_request_exception = False

    assert client.get("/registry/current.json").status_code == 500


def test_foreign_file_in_the_folder_is_not_served(client: Client, published: None, tmp_path: Path) -> None:
    (tmp_path / "registry" / "secret.json").write_text("{}")
    (tmp_path / "registry" / "other").mkdir()
    (tmp_path / "registry" / "other" / "secret.json").write_text("{}")

    assert client.get("/registry/secret.json").status_code == 404
    assert client.get("/registry/other/secret.json").status_code == 404


def test_bucket_is_read_at_its_public_address(client: Client, settings: Settings) -> None:
    settings.REGISTRY_STORE = StoreAddress(bucket="registry")

    answer = client.get("/registry/providers/cms/sanity.json")

    assert (answer.status_code, answer["Location"]) == (302, "https://registry.test/providers/cms/sanity.json")
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["@evil.test", "/evil.test", "..%0d%0aX:y"])
def test_bucket_redirect_stays_at_the_public_address(client: Client, settings: Settings, path: str) -> None:
    settings.REGISTRY_STORE = StoreAddress(bucket="registry")

    answer = client.get(f"/registry/{path}")

    assert answer.status_code in (302, 404)
    assert answer.get("Location", "https://registry.test/").startswith("https://registry.test/")
    assert "\n" not in answer.get("Location", "")


def test_schema_is_served_at_its_own_id(client: Client, published: None) -> None:
    schema = json.loads(client.get("/registry/schemas/provider/1.0.0.json").content)

    assert schema["$id"] == "https://registry.test/schemas/provider/1.0.0.json"

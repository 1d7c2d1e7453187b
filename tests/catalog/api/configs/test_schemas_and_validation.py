"""The forms of configs, and whether a config is right: results for whoever asks, problems for wrong questions."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.schemas.rules import DRAFT
from tests.catalog.api.configs.conftest import GITHUB_SCHEMA
from tests.factories import builder_document, publish, save

pytestmark = pytest.mark.usefixtures("registry")
API = "/api/v1"
GITHUB, HUGO = f"{API}/providers/github", f"{API}/builders/hugo"
SECRET = {"type": "object", "required": ["$secret"]}


def validate(address: str, body: Any) -> Any:
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client().post(f"{address}/validate", content, content_type="application/json")


def test_schema_is_the_live_one_with_hints() -> None:
    answer = Client().get(f"{GITHUB}/schema")

    schema = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert (schema["$schema"], schema["title"]) == (DRAFT, "Github")
    assert schema["x-order"] == ["token", "repository", "branch"]
    properties = schema["properties"]
    assert {name: part["x-widget"] for name, part in properties.items()} == {
        "repository": "text", "branch": "text", "token": "secret",
    }  # fmt: skip
    assert properties["branch"]["title"] == "Branch"
    assert properties["branch"]["default"] == "main"
    assert schema["required"] == GITHUB_SCHEMA["required"]


def test_schema_of_an_entry_without_one_asks_for_nothing() -> None:
    answer = Client().get(f"{API}/builders/static/schema")

    assert json.loads(answer.content) == {"$schema": DRAFT, "title": "Static", "type": "object"}


def test_schema_is_kept_until_the_entry_changes() -> None:
    first = Client().get(f"{HUGO}/schema")
    kept = {"If-None-Match": first.headers["ETag"]}

    with CaptureQueriesContext(connection) as queries:
        assert Client().get(f"{HUGO}/schema", headers=kept).status_code == 304
    assert len(queries) == 1
    assert first.headers["Last-Modified"]
    save("builder", builder_document("hugo", config_schema={"type": "object"}))
    publish()
    assert Client().get(f"{HUGO}/schema", headers=kept).status_code == 200


def test_right_config_is_valid() -> None:
    answer = validate(GITHUB, {"repository": "owner/repo", "token": {"$secret": "github"}})

    assert answer.status_code == 200
    assert answer.json() == {"valid": True, "errors": [], "warnings": []}
    assert answer.headers["Cache-Control"] == "no-store"
    assert validate(f"{API}/builders/static", {"anything": 1}).json()["valid"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    answer = validate(GITHUB, {"branch": 5, "token": "hunter2", "a/b": 1})

    assert answer.status_code == 200
    assert answer.json() == {
        "valid": False,
        "errors": [
            {"path": "/a~1b", "code": "additionalProperties", "message": "There is no such member here."},
            {"path": "/branch", "code": "type", "message": "This must be of type string."},
            {"path": "/repository", "code": "required", "message": "This is required."},
            {"path": "/token", "code": "type", "message": "This must be of type object."},
        ],
        "warnings": [
            {"path": "/branch", "code": "deprecated", "message": "This setting is deprecated."},
            {
                "path": "/token",
                "code": "plain_secret",
                "message": 'A secret is never sent readably: store it, and give its name as {"$secret": "name"}.',
            },
        ],
    }
    assert "hunter2" not in answer.content.decode()


def test_deprecated_entry_is_a_warning_with_its_replacement() -> None:
    answer = validate(f"{API}/builders/jekyll", {})

    assert answer.json() == {
        "valid": True,
        "errors": [],
        "warnings": [
            {
                "path": "",
                "code": "entry_deprecated",
                "message": "Jekyll is deprecated: Slow Use builders/hugo instead.",
            }
        ],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ('"text"', 400),
        ('{"a": "\\u0000"}', 400),
        ('{"a": "\\ud800"}', 400),
        ('{"a": NaN}', 400),
        ('{"a": 1e999}', 400),
        ('{"a": 1, "a": 2}', 400),
        ("[" * 100_000, 400),
        ('{"a":' * 60 + "1" + "}" * 60, 200),
        ('{"repository": "' + "a" * 900_000 + '"}', 200),
        ('{"a": "' + "a" * 1_100_000 + '"}', 413),
    ],
)
def test_hostile_body_is_answered_in_words(body: str, status: int) -> None:
    answer = validate(GITHUB, body)

    assert answer.status_code == status
    if status == 200:
        assert not answer.json()["valid"]
    else:
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 10_000


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", f"{GITHUB}/validate", 405),
        ("post", f"{GITHUB}/schema", 405),
        ("get", f"{GITHUB}/schema?x=1", 400),
        ("post", f"{GITHUB}/validate?x=1", 400),
        ("get", f"{API}/providers/none/schema", 404),
        ("post", f"{API}/builders/zola/validate", 404),
        ("post", f"{API}/builders/hugo_extended/validate", 308),
    ],
)
def test_wrong_question_is_refused_in_words(method: str, address: str, status: int) -> None:
    answer = getattr(Client(), method)(
        address, **({"data": "{}", "content_type": "application/json"} if method == "post" else {})
    )

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_other_media_types_are_refused() -> None:
    answer = Client().post(f"{GITHUB}/validate", "<x/>", content_type="application/xml")

    assert answer.status_code == 415

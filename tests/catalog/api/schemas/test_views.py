"""Released schemas, documents against them, and two schemas against each other."""

import json
from typing import Any

import pytest
from django.test import Client

from catalog.schemas.library import CURRENT_VERSIONS, list_released, load_schema
from tests.factories import SANITY

API = "/api/v1/schemas"
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
OLD = {"type": "object", "properties": {"a": STRING}}
NEW = {"type": "object", "properties": {"a": STRING, "b": INTEGER}}


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Requests are counted."""


def post(address: str, body: Any) -> Any:
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client().post(f"{API}/{address}", content, content_type="application/json")


def test_every_released_schema_is_listed_and_served_for_good() -> None:
    listed = json.loads(Client().get(API).content)

    assert [(row["name"], row["version"]) for row in listed] == list(list_released())
    assert all(row["is_current"] == (CURRENT_VERSIONS[row["name"]] == row["version"]) for row in listed)
    for row in listed:
        answer = Client().get(f"/api/v1/{row['path']}")
        served, released = json.loads(answer.content), load_schema(row["name"], row["version"])
        assert {**served, "$id": ""} == {**released, "$id": ""}
        assert served["$id"].endswith(released["$id"])
        assert "immutable" in answer.headers["Cache-Control"]
        assert (
            Client().get(f"/api/v1/{row['path']}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        )


@pytest.mark.parametrize("address", ["provider/9.9.9", "none/1.0.0", "provider/..%2f..", "provider/1.0.0%00"])
def test_unknown_schema_is_missing(address: str) -> None:
    assert Client().get(f"{API}/{address}").status_code == 404


def test_document_is_judged_as_a_result() -> None:
    right = post("provider/validate", {**SANITY, "last_updated": "2024-01-15T10:30:00Z"})
    wrong = post("provider/validate", {**SANITY, "colour": "red", "currency": "usd", "monthly_cost_range": [2, 1]})

    assert right.json() == {"valid": True, "errors": [], "warnings": []}
    assert wrong.status_code == 200
    assert not wrong.json()["valid"]
    assert [(each["path"], each["code"]) for each in wrong.json()["errors"]] == [
        ("/colour", "additionalProperties"), ("/currency", "pattern"), ("/monthly_cost_range", "range"),
    ]  # fmt: skip


def test_what_no_entry_may_be_saved_with_is_no_valid_document() -> None:
    answer = post("provider/validate", {**SANITY, "display_name": "Sanity\u202e"})

    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [("/display_name", "direction")]


def test_config_schema_that_is_not_safe_is_an_error_of_the_document() -> None:
    answer = post("provider/validate", {**SANITY, "config_schema": {"pattern": "(?!a)", "$ref": "https://x"}})

    assert [(each["path"], each["code"]) for each in answer.json()["errors"]] == [
        ("/config_schema/$ref", "$ref"), ("/config_schema/pattern", "pattern"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "body", "status"), [("none", "{}", 404), ("provider", "[]", 400), ("provider", "{", 400)]
)
def test_what_is_no_document_is_refused(name: str, body: str, status: int) -> None:
    assert post(f"{name}/validate", body).status_code == status


def test_optional_property_is_compatible_unless_strict() -> None:
    lenient = post("compatibility", {"old": OLD, "new": NEW}).json()
    strict = post("compatibility", {"old": OLD, "new": NEW, "policy": "strict"}).json()

    assert lenient["compatible"]
    assert [change["breaking"] for change in lenient["changes"]] == [False, False]
    assert not strict["compatible"]
    assert strict["changes"][0] == {
        "path": "/properties/b/type",
        "kind": "type_narrowed",
        "breaking": True,
        "explanation": "By the old schema the type array or boolean or number or null or object or string may be "
        "given; the new one refuses that.",
        "example": {"b": []},
        "has_example": True,
    }


@pytest.mark.parametrize(("mode", "compatible"), [("BACKWARD", True), ("FORWARD", False), ("FULL", False)])
def test_mode_says_who_reads_what_whom(mode: str, compatible: bool) -> None:
    answer = post("compatibility", {"old": INTEGER, "new": {"type": "number"}, "mode": mode})

    assert answer.json()["compatible"] is compatible


def test_schemas_may_be_true_and_false() -> None:
    assert post("compatibility", {"old": False, "new": True}).json()["compatible"]
    assert not post("compatibility", {"old": True, "new": False}).json()["compatible"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"old": {}}, 400),
        ({"old": {}, "new": []}, 400),
        ({"old": {}, "new": None}, 400),
        ({"old": {}, "new": {}, "mode": "backward"}, 400),
        ({"old": {}, "new": {}, "policy": "kind"}, 400),
        ({"old": {}, "new": {}, "extra": 1}, 400),
        ([], 400),
        ("{", 400),
        ({"old": {"pattern": "(?=a)"}, "new": {}}, 422),
        ({"old": {}, "new": {"$ref": "http://169.254.169.254/latest/meta-data"}}, 422),
        ({"old": {}, "new": {"type": "text"}}, 422),
        ({"old": {}, "new": {"enum": list(range(6_000))}}, 422),
        ({"old": {"$ref": "#"}, "new": {}}, 422),
    ],
)
def test_wrong_comparison_is_refused_in_words(body: Any, status: int) -> None:
    answer = post("compatibility", body)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    if status == 422:
        assert all(each["path"].startswith(("/old", "/new")) for each in answer.json()["errors"])


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/compatibility", 405),
        ("post", "", 405),
        ("get", "?x=1", 400),
        ("get", "/provider/1.0.0?x=1", 400),
        ("put", "/provider/validate", 405),
    ],
)
def test_wrong_question_is_refused(method: str, address: str, status: int) -> None:
    assert getattr(Client(), method)(f"{API}{address}").status_code == status

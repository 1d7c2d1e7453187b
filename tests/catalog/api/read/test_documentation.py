"""The description of the API and the pages that show it."""

import re

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from catalog.api.read.documentation import REDOC_LOGO, describe_api
from catalog.api.urls import urlpatterns
from tests.catalog.api.access.people import person, signed_in
from tests.catalog.api.read.registry import get

pytestmark = pytest.mark.django_db
ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")


def test_description_is_valid_openapi_and_cached() -> None:
    answer = get("/openapi.json")
    described = answer.json()

    validate_schema(described)  # type: ignore[no-untyped-call]
    assert described["openapi"].startswith("3.1")
    assert (answer.headers["Content-Type"], answer.headers["Access-Control-Allow-Origin"]) == ("application/json", "*")
    assert get("/openapi.json", If_None_Match=answer.headers["ETag"]).status_code == 304
    assert answer.content == describe_api()


def test_every_operation_has_id_summary_and_an_example() -> None:
    operations = [
        (f"{method} {path}", operation)
        for path, methods in get("/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
    ]
    reads = [(name, operation) for name, operation in operations if operation["tags"] != ["tokens"]]
    ids = [operation["operationId"] for _, operation in operations]

    assert len(set(ids)) == len(ids)
    assert [name for name, operation in operations if not operation.get("summary")] == []
    assert {"list_providers", "get_provider", "get_manifest", "list_snapshots", "compare_snapshots"} <= set(ids)
    assert [
        name
        for name, operation in reads
        if operation["operationId"].startswith(("list_providers", "list_builders", "list_stacks"))
        and "examples" not in operation["responses"]["200"]["content"]["application/json"]
    ] == []


def test_documents_are_described_by_their_released_schemas() -> None:
    schemas = get("/openapi.json").json()["components"]["schemas"]

    assert {"Provider", "Builder", "Stack", "Manifest", "Problem"} <= set(schemas)
    assert "required" not in schemas["Provider"]
    assert "'#/$defs/" not in str(schemas)
    assert schemas["Provider"]["properties"]["provider_name"]["$ref"] == "#/components/schemas/Provider/$defs/slug"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_page_loads_nothing_from_elsewhere(path: str) -> None:
    answer = get(path, Accept="text/html,*/*;q=0.1")
    page = answer.content.decode()

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert ELSEWHERE.findall(page) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=", page) == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_redoc_is_served_without_what_it_loads_from_elsewhere() -> None:
    answer = get("/redoc.js", Accept="*/*")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert REDOC_LOGO not in answer.content
    assert len(answer.content) > 500_000
    assert get("/redoc.js", If_None_Match=answer.headers["ETag"]).status_code == 304


def test_page_knows_who_is_signed_in_and_lets_others_sign_in() -> None:
    page = get("/docs").content.decode()
    mine = get("/docs", signed_in(person("Editor"))).content.decode()

    assert 'href="/admin/login/?next=%2Fapi%2Fv1%2Fdocs"' in page
    assert 'data-csrf-token=""' in page
    assert "Signed in as Editor" in mine
    assert re.search(r'data-csrf-token="\w{64}"', mine)


def test_session_writes_need_the_token_of_the_page() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("Publisher"))
    token = re.search(r'data-csrf-token="(\w+)"', client.get("/api/v1/docs").content.decode())

    assert token is not None
    statuses = [
        client.post("/api/v1/snapshots?dry_run=true", "{}", "application/json", headers=headers).status_code
        for headers in ({}, {"X-CSRFToken": token[1]})
    ]
    assert statuses == [403, 200]


def test_every_address_is_described_or_documentation() -> None:
    described = {re.sub(r"\{\w+\}", "{}", path) for path in get("/openapi.json").json()["paths"]}
    routes = {"/api/v1/" + re.sub(r"<[^>]+>", "{}", str(route.pattern)) for route in urlpatterns}

    assert {route.rpartition("/")[2] for route in routes - described} <= {"openapi.json", "docs", "redoc", "redoc.js"}

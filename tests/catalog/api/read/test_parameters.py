"""Queries with mistakes: each is named, and none is worse than 400."""

import pytest

from tests.catalog.api.read.registry import get

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("q=1", ["/q"]),
        ("category=cms", ["/category"]),
        ("state=LIVE", ["/state"]),
        ("state=", ["/state"]),
        ("state=live&state=live", ["/state"]),
        ("provider_type=cms'--", ["/provider_type"]),
        ("fields=", ["/fields"]),
        ("fields=id,secret,body", ["/fields"]),
        ("ordering=name,key", ["/ordering"]),
        ("ordering=--name", ["/ordering"]),
        ("limit=0", ["/limit"]),
        ("limit=201", ["/limit"]),
        ("limit=-1", ["/limit"]),
        ("limit=1e2", ["/limit"]),
        ("limit=%D9%A1", ["/limit"]),
        (f"limit={'9' * 5000}", ["/limit"]),
        ("cursor=", ["/cursor"]),
        ("cursor=WzEsbnVsbCwiYSJd", ["/cursor"]),
        ("cursor=WzEsbnVsbCwiYSJd:abc", ["/cursor"]),
        ("cursor=%00%ff", ["/cursor"]),
        ("a/b~c=1&%00=2&limit=x", ["/a~1b~0c", "/\x00", "/limit"]),
    ],
)
def test_mistakes_in_the_query_are_named(query: str, paths: list[str]) -> None:
    answer = get(f"/providers?{query}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert [error["path"] for error in answer.json()["errors"]] == paths
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.content) < 3000

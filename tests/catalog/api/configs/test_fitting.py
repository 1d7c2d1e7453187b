"""Which builders fit a source provider, and the other way round: what backends say, less what providers exclude."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import LiveEntry
from tests.catalog.api.configs.conftest import Fits
from tests.factories import builder_document, publish, save

pytestmark = pytest.mark.usefixtures("registry")
API = "/api/v1"


def ids(address: str) -> list[str]:
    answer = Client().get(f"{API}/{address}")
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in json.loads(answer.content)]


def test_every_live_builder_is_a_candidate_until_backends_say_more() -> None:
    assert ids("providers/github/builders") == ["hugo", "jekyll", "static"]
    assert ids("builders/static/providers") == ["git", "github"]


def test_provider_takes_pairs_away() -> None:
    assert ids("providers/git/builders") == ["static"]
    assert ids("builders/hugo/providers") == ["github"]
    assert ids("builders/jekyll/providers") == ["github"]


def test_backends_decide_and_an_override_only_removes(fits: Fits) -> None:
    fits({
        "providers/source/github": {"builders/hugo", "builders/zola", "builders/none"},
        "providers/source/git": {"builders/hugo", "builders/static"},
        "builders/hugo": {"providers/source/git", "providers/source/github", "providers/cms/sanity"},
        "builders/static": set(),
    })  # fmt: skip

    # zola is not live; hugo is excluded by git although its backend fits; sanity brings no source.
    assert ids("providers/github/builders") == ["hugo"]
    assert ids("providers/git/builders") == ["static"]
    assert ids("builders/hugo/providers") == ["github"]
    assert ids("builders/static/providers") == []
    assert ids("builders/jekyll/providers") == ["github"]


def test_provider_without_source_has_no_builders(fits: Fits) -> None:
    assert ids("providers/sanity/builders") == []
    fits({"providers/cms/sanity": {"builders/hugo"}})
    assert ids("providers/cms/sanity/builders") == []


def test_items_are_the_live_documents() -> None:
    (hugo, _, static) = json.loads(Client().get(f"{API}/providers/github/builders").content)

    assert hugo == json.loads(LiveEntry.objects.get(key="builders/hugo").body)
    assert static["name"] == "Static"


def test_pages_are_linked_and_do_not_repeat() -> None:
    seen: list[str] = []
    address = f"{API}/providers/github/builders?limit=2"
    while address:
        answer = Client().get(address)
        seen += [item["id"] for item in json.loads(answer.content)]
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<").removeprefix("http://testserver")

    assert seen == ["hugo", "jekyll", "static"]


def test_answer_is_kept_until_something_changes(fits: Fits) -> None:
    address = f"{API}/providers/github/builders"
    etag = Client().get(address).headers["ETag"]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert Client().get(address, headers={"If-None-Match": etag}).status_code == 304
    assert len(queries) <= 2
    fits({"providers/source/github": ["builders/hugo"]})
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 200
    save("builder", builder_document("astro"))
    publish()
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(("address", "most"), [("providers/github/builders", 3), ("builders/static/providers", 4)])
def test_queries_do_not_grow(address: str, most: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        ids(address)
    assert len(queries) <= most
    for slug in ("a", "b", "c"):
        save("builder", builder_document(slug))
    publish()
    with CaptureQueriesContext(connection) as more:
        ids(address)

    assert len(more) == len(queries)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("providers/none/builders", 404),
        ("builders/zola/providers", 404),
        ("builders/hugo_extended/providers", 308),
        ("providers/github/builders?limit=0", 400),
        ("providers/github/builders?cursor=x", 400),
        ("providers/github/builders?feature=x", 400),
    ],
)
def test_wrong_question_is_refused_in_words(address: str, status: int) -> None:
    answer: Any = Client().get(f"{API}/{address}")

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    if status == 308:
        assert answer.headers["Location"] == f"{API}/builders/hugo/providers"

"""Searching as programs do it: the answer's shape, pages, mistakes that are all named, and the worst input."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.api.search.parameters import ALLOWED, ASKED
from tests.catalog.api.read.registry import SHOPIFY, get, publish_first
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
SEARCH = "/search/providers"
NOTHING_ASKED: dict[str, Any] = dict.fromkeys(ASKED)


def found(query: str) -> list[str]:
    answer = get(f"{SEARCH}?{query}")
    assert answer.status_code == 200, answer.content
    return [document["id"] for document in answer.json()["providers"]]


def errors(query: str) -> list[tuple[str, str]]:
    answer = get(f"{SEARCH}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), answer.content
    return [(error["path"], error["code"]) for error in answer.json()["errors"]]


def test_answer_has_the_shape_of_the_registry_document() -> None:
    publish_first()

    answer = get(
        f"{SEARCH}?provider_type=cms&feature=groq_querying&max_cost=65&complexity=medium_to_high&ssg_engine=astro"
    )

    body = answer.json()
    assert body == {
        "providers": [get("/providers/sanity").json()],
        "count": 1,
        "query": NOTHING_ASKED
        | {
            "provider_type": "cms",
            "feature": "groq_querying",
            "max_cost": 65,
            "complexity": "medium_to_high",
            "ssg_engine": "astro",
        },
        "next": None,
    }
    assert list(body) == ["providers", "count", "query", "next"]
    assert {**SANITY, "id": "sanity", "name": "Sanity CMS"}.items() <= body["providers"][0].items()


def test_nothing_asked_finds_all_and_filters_narrow() -> None:
    publish_first()

    assert found("") == ["decap", "sanity", "tina", "decap", "shopify-basic"]
    assert found("max_cost=64") == ["tina", "decap", "shopify-basic"]
    assert found("max_cost=28") == ["tina"]
    assert found("feature=groq_querying&feature=webhook_automation") == ["sanity"]
    assert found("feature=groq_querying&feature=nobody_has_it") == []
    assert found("q=shopfy&max_cost=29") == ["shopify-basic", "decap"]
    assert found("q=decap&provider_type=ecommerce") == ["decap"]
    assert found("ordering=-monthly_cost&limit=2") == ["sanity", "shopify-basic"]
    assert found("lifecycle=deprecated") == []
    assert found("q=!!!") == []
    assert found("q=") == found("")


def test_repeated_parameters_are_echoed_as_a_list_and_kept_in_the_next_address() -> None:
    for slug in ("one", "two", "three"):
        save("provider", provider_document(slug, key_features=["a", "b"]))
    publish()

    first = get(f"{SEARCH}?feature=a&feature=b&limit=2&facets=feature,provider_type&ordering=key")

    body = first.json()
    assert [document["id"] for document in body["providers"]] == ["one", "three"]
    assert (body["count"], body["query"]["feature"]) == (3, ["a", "b"])
    both = [{"value": "a", "count": 3}, {"value": "b", "count": 3}]
    assert body["facets"] == {"feature": both, "provider_type": [{"value": "cms", "count": 3}]}
    link = first["Link"]
    assert link.endswith('>; rel="next"')
    second = Client().get(link[1:].partition(">")[0]).json()
    assert ([document["id"] for document in second["providers"]], second["count"], second["next"]) == (["two"], 3, None)
    assert found(f"feature=a&feature=b&limit=1&ordering=key&cursor={quote(body['next'])}") == ["two"]


def test_every_mistake_is_named_with_what_there_is_instead() -> None:
    answer = get(
        f"{SEARCH}?colour=red&max_cost=much&complexity=hard&provider_type=&facets=price,feature&limit=0&feature=A+b"
    )

    messages = {error["path"]: error["message"] for error in answer.json()["errors"]}
    assert answer.status_code == 400
    assert set(messages) == {"/colour", "/max_cost", "/complexity", "/provider_type", "/facets", "/limit", "/feature"}
    assert messages["/colour"] == f"There is no parameter 'colour'; there are {', '.join(ALLOWED)}."
    assert messages["/complexity"] == "'hard' is none of low, low_to_medium, medium, medium_to_high, high."
    assert messages["/provider_type"] == "'' is none of cms, ecommerce, ssg, source."
    assert messages["/facets"].endswith(
        "there are provider_type, complexity, lifecycle, feature, ssg_engine, target_market."
    )
    assert messages["/feature"].endswith("did you mean a_b?")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("max_cost=-1", [("/max_cost", "range")]),
        ("max_cost=1e3", [("/max_cost", "range")]),
        ("max_cost=" + "9" * 400, [("/max_cost", "range")]),
        ("max_cost=%D9%A3", [("/max_cost", "range")]),
        ("max_cost=1&max_cost=2", [("/max_cost", "repeated")]),
        ("q=" + "x" * 201, [("/q", "too_long")]),
        ("q=a&q=b", [("/q", "repeated")]),
        ("feature=", [("/feature", "tag")]),
        ("feature=%00", [("/feature", "tag")]),
        ("feature=" + "a" * 65, [("/feature", "tag")]),
        ("&".join(["feature=a"] * 11), [("/feature", "too_many")]),
        ("lifecycle=removed", [("/lifecycle", "choice")]),
        ("ordering=-relevance", [("/ordering", "choice")]),
        ("ordering=price", [("/ordering", "choice")]),
        ("cursor=x", [("/cursor", "cursor")]),
        ("cursor=%00", [("/cursor", "cursor")]),
        ("facets=", [("/facets", "unknown_member")]),
        ("%00=1", [("/\x00", "unknown_parameter")]),
    ],
)
def test_mistakes_are_400(query: str, expected: list[tuple[str, str]]) -> None:
    assert errors(query) == expected


@pytest.mark.parametrize(
    "text",
    ["%00", "'", '"', "*", "a* OR b", "NEAR(a b)", "' | 'a' & !'b", "names:a", "%", "\\", "-a", "(", "café", "日本語",
     "%F0%9F%98%80", "ß", "a " * 100, "z" * 200, "%ED%A0%80", "{", "^a", "\u202e", "İ"],
)  # fmt: skip
def test_any_text_is_searched_for(text: str) -> None:
    save("provider", provider_document("plain"))
    publish()

    assert found(f"q={text if text.startswith('%') else quote(text)}") in ([], ["plain"])


def test_cursor_of_another_search_is_refused() -> None:
    publish_first()
    cursor = quote(get(f"{SEARCH}?limit=1&ordering=name").json()["next"])

    assert len(found(f"limit=1&ordering=name&cursor={cursor}")) == 1
    assert errors(f"limit=1&ordering=-name&cursor={cursor}") == [("/cursor", "cursor")]
    assert errors(f"limit=1&ordering=name&max_cost=9&cursor={cursor}") == [("/cursor", "cursor")]


def test_unchanged_answer_is_304_until_something_is_published() -> None:
    publish_first()
    answer = get(f"{SEARCH}?q=sanity")
    with CaptureQueriesContext(connection) as queries:
        again = get(f"{SEARCH}?q=sanity", if_none_match=answer["ETag"])
    asked = len(queries)
    save("provider", {**SHOPIFY, "display_name": "Shopify, no sanity"})
    publish()
    later = get(f"{SEARCH}?q=sanity", if_none_match=answer["ETag"])

    assert (again.status_code, again.content, asked) == (304, b"", 1)
    assert (later.status_code, later.json()["count"]) == (200, 2)
    assert "max-age=15" in answer["Cache-Control"]


def test_search_follows_publish_and_nothing_else() -> None:
    save("provider", provider_document("plain", key_features=["drafts"]))
    publish()
    save("provider", provider_document("plain", key_features=["previews"], display_name="Ornate"), approved=False)
    save("provider", provider_document("unseen", key_features=["drafts"]))

    assert (found("feature=drafts"), found("q=ornate"), found("q=unsen")) == (["plain"], [], [])

    publish()

    assert (found("feature=drafts"), found("q=unsen")) == (["plain", "unseen"], ["unseen"])


def test_methods_and_access(settings: Settings) -> None:
    assert get(SEARCH).json() == {"providers": [], "count": 0, "query": NOTHING_ASKED, "next": None}
    assert Client().head(f"/api/v1{SEARCH}").status_code == 200
    assert Client().post(f"/api/v1{SEARCH}").status_code == 405
    settings.REGISTRY_API_PUBLIC = False
    assert get(SEARCH).status_code == 401


def test_every_facet_of_nothing_is_an_empty_list() -> None:
    answer = get(f"{SEARCH}?feature=nobody_has_it&facets=feature,complexity")

    assert json.loads(answer.content)["facets"] == {"feature": [], "complexity": []}

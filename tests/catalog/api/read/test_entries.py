"""One entry: by slug or by type and slug, under an old name, removed, ambiguous; drafts; what it costs."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models import LiveEntry
from tests.catalog.api.access.people import bearer, person, signed_in, token_of
from tests.catalog.api.read.registry import API, get
from tests.factories import SANITY, publish, save

pytestmark = pytest.mark.usefixtures("registry")


def problem(path: str, status: int) -> dict[str, Any]:
    answer = get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json())


def test_entry_is_its_kept_body_under_both_names(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row = LiveEntry.objects.get(key="providers/cms/sanity")

    for name in ("sanity", "cms/sanity", "cms%2Fsanity"):
        with django_assert_num_queries(1):
            answer = get(f"/providers/{name}")
        assert (answer.status_code, answer.content) == (200, row.body.encode())
        assert answer.headers["ETag"] == f'"{row.etag}"'
        assert answer.headers["Cache-Control"] == "public, max-age=15, stale-while-revalidate=30"
        assert answer.headers["Vary"] == "Authorization, Cookie"
    assert get("/builders/hugo").json()["id"] == "hugo"
    assert get("/stacks/foundation/marketing").json() == get("/stacks/marketing").json()


def test_entry_is_304_until_it_changes() -> None:
    first = get("/providers/sanity")
    etag = first.headers["ETag"]

    assert get("/providers/sanity", If_None_Match=f'"other", {etag}').status_code == 304
    assert get("/providers/sanity", If_None_Match="*").status_code == 304
    assert get("/providers/sanity", If_None_Match='"other"').status_code == 200
    assert get("/providers/sanity", If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    assert get("/providers/sanity", If_Match='"nothing"').status_code == 412
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})
    publish()
    assert get("/providers/sanity", If_None_Match=etag).status_code == 200
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    publish()
    # The same content again is not the same answer: its serial is higher.
    assert get("/providers/sanity", If_None_Match=etag).status_code == 200


def test_chosen_members_have_an_etag_of_their_own() -> None:
    whole, part, other = (get(f"/providers/sanity{query}") for query in ("", "?fields=id,cms_type", "?fields=id"))

    assert part.json() == {"id": "sanity", "cms_type": "api_based"}
    assert len({answer.headers["ETag"] for answer in (whole, part, other)}) == 3
    assert get("/providers/sanity?fields=id", If_None_Match=other.headers["ETag"]).status_code == 304


def test_old_name_leads_to_the_new_one() -> None:
    for path, location in {
        "/providers/shopify_basic": "/providers/shopify-basic",
        "/providers/ecommerce/shopify_basic?fields=id": "/providers/shopify-basic?fields=id",
        "/providers/old-decap": "/providers/ecommerce/decap",
        "/builders/hugo_extended": "/builders/hugo",
        "/stacks/modern_marketing": "/stacks/marketing",
    }.items():
        answer = get(path)

        assert (answer.status_code, answer.headers["Location"]) == (308, f"{API}{location}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert get(location).status_code == 200


def test_old_name_leads_where_it_does_in_what_is_live() -> None:
    save("provider", {**SANITY, "aliases": ["providers/cms/sanity_io"]})
    assert get("/providers/sanity_io").status_code == 404
    publish()

    assert get("/providers/sanity_io").headers["Location"] == f"{API}/providers/sanity"
    save("provider", {**SANITY, "display_name": "No alias any more"})
    assert get("/providers/sanity_io").status_code == 308
    publish()
    assert get("/providers/sanity_io").status_code == 404


def test_name_of_several_is_a_conflict_that_lists_them() -> None:
    found = problem("/providers/decap", 409)

    assert found["candidates"] == ["cms/decap", "ecommerce/decap"]
    assert get("/providers/ecommerce/decap").json()["provider_type"] == "ecommerce"


def test_removed_entry_is_gone_with_reason_and_replacement() -> None:
    for name in ("tina", "cms/tina"):
        found = problem(f"/providers/{name}", 410)
        assert (found["reason"], found["replacement"]) == ("Nobody runs it any more", "providers/cms/sanity")
        assert found["key"] == "providers/cms/tina"
    assert problem("/providers/ecommerce/tina", 404)["title"] == "Not Found"


def test_name_of_nothing_is_not_found() -> None:
    for name in (
        *("ghost", "strapi", "none", "SANITY", "sanity/", "x/sanity", "cms/", "-", "sanity%00", "sanity%0a", "1"),
        *("%2e%2e%2fsanity", "cms/../sanity", "builders/hugo", "%F0%9F%92%A9", "';drop table", "sanity.json"),
        *("x" * 65, "x" * 5000),
    ):
        assert problem(f"/providers/{name}", 404)["status"] == 404


def test_what_is_not_there_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    problem("/providers/none", 404)

    for name in ("none", "shopify_basic", "tina", "decap"):
        with django_assert_max_num_queries(4):
            get(f"/providers/{name}")


@pytest.mark.parametrize("path", ["/providers/sanity", "/manifest", "/snapshots/2", "/snapshots/1/diff/2"])
def test_single_answers_refuse_what_they_do_not_know(path: str) -> None:
    for query in ("?limit=x", "?x=1", "?state=draft&state=draft", "?%00=%00"):
        assert get(f"{path}{query}").status_code == 400


@pytest.mark.parametrize("method", ["delete", "trace"])
def test_other_methods_are_not_allowed(method: str) -> None:
    for path in (
        "/manifest",
        "/snapshots/2",
        "/snapshots/1/diff/2",
        "/providers/sanity/usage",
        "/openapi.json",
        "/docs",
    ):
        answer = getattr(Client(), method)(f"{API}{path}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert answer.json()["status"] == 405


def test_draft_and_approved_are_for_those_who_may_see_them() -> None:
    viewer = person("Viewer")
    client = signed_in(viewer)

    assert get("/providers/sanity?state=draft").status_code == 401
    assert get("/providers/sanity?state=draft", client).json()["name"] == "Sanity, renamed"
    assert get("/providers/sanity?state=approved", client).json()["name"] == "Sanity CMS"
    assert get("/providers/ghost?state=approved", client).json()["revision"] == 1
    assert get("/providers/strapi?state=approved", client).status_code == 404
    assert get("/providers/tina?state=draft", client).json()["lifecycle"]["state"] == "removed"
    assert get("/providers/tina?state=approved", client).status_code == 410
    assert get("/providers/decap?state=draft", client).status_code == 409
    assert get("/providers/shopify_basic?state=draft", client).headers["Location"].endswith("?state=draft")
    editor = person("Editor")
    writer = token_of(editor, "entries:write")
    assert Client().get(f"{API}/providers/sanity?state=draft", **bearer(writer)).status_code == 403


def test_etag_of_a_draft_is_what_a_write_names() -> None:
    client = signed_in(person("Viewer"))
    draft = get("/providers/sanity?state=draft", client)

    assert (draft.headers["ETag"], draft.headers["Cache-Control"]) == ('"3"', "private, no-store")
    assert get("/providers/sanity?state=draft", client, If_None_Match='"3"').status_code == 304
    assert get("/providers/sanity?state=draft&fields=id", client).headers["ETag"] != '"3"'

"""Lists: what is in them, in which order, which members, how often the database is asked, what is refused."""

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import LiveEntry
from tests.catalog.api.access.people import bearer, person, signed_in, token_of
from tests.catalog.api.read.registry import get, ids, walk

pytestmark = pytest.mark.usefixtures("registry")
LIVE = ["decap", "sanity", "decap", "shopify-basic", "astro"]


def test_list_has_what_is_live_as_it_is_published() -> None:
    answer = get("/providers")
    providers = answer.json()

    assert ids(providers) == LIVE
    assert (
        answer.content
        == b"["
        + b",".join(
            body.encode()
            for body in LiveEntry.objects.filter(kind="provider").order_by("key").values_list("body", flat=True)
        )
        + b"]"
    )
    assert providers[1]["monthly_cost_range"] == [70, 280]
    assert {name: providers[1][name] for name in ("id", "name", "description", "icon", "serial")} == {
        "id": "sanity",
        "name": "Sanity CMS",
        "description": "",
        "icon": "",
        "serial": 2,
    }
    assert ids(get("/builders").json()) == ["dockerfile", "hugo"]
    assert ids(get("/stacks").json()) == ["marketing"]


def test_list_is_chosen_by_type_or_category() -> None:
    assert ids(get("/providers?provider_type=ecommerce").json()) == ["decap", "shopify-basic"]
    assert ids(get("/builders?category=container").json()) == ["dockerfile"]
    assert ids(get("/stacks?category=composed").json()) == []


def test_list_is_sorted_by_what_is_asked() -> None:
    for ordering, expected in {
        "key": LIVE,
        "-key": LIVE[::-1],
        "name": ["astro", "decap", "decap", "sanity", "shopify-basic"],
        "-name": ["shopify-basic", "sanity", "decap", "decap", "astro"],
        "monthly_cost": ["decap", "shopify-basic", "sanity", "decap", "astro"],
        "-monthly_cost": ["sanity", "decap", "shopify-basic", "decap", "astro"],
    }.items():
        assert ids(get(f"/providers?ordering={ordering}").json()) == expected


def test_chosen_members_are_all_there_is() -> None:
    answer = get("/providers?fields=monthly_cost_range,id,id&limit=2")

    assert answer.content == b'[{"id":"decap"},{"monthly_cost_range":[70,280],"id":"sanity"}]'


def test_list_asks_two_queries_whatever_its_length(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for path in (
        "/providers?limit=1",
        "/providers?limit=200",
        "/providers?ordering=-monthly_cost&fields=id",
        "/stacks",
    ):
        with django_assert_num_queries(2):
            assert get(path).status_code == 200


def test_unchanged_list_is_304_without_reading_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = get("/providers?limit=2")

    with django_assert_num_queries(1):
        second = get("/providers?limit=2", If_None_Match=first.headers["ETag"])

    assert (second.status_code, second.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Last-Modified", "Vary"):
        assert second.headers[name] == first.headers[name]
    assert first.headers["Cache-Control"] == "public, max-age=15, stale-while-revalidate=30"
    assert get("/providers?limit=3", If_None_Match=first.headers["ETag"]).status_code == 200
    assert get("/providers?limit=2", If_Modified_Since=first.headers["Last-Modified"]).status_code == 304


def test_etag_is_of_one_publish_and_one_query() -> None:
    before = {path: get(path).headers["ETag"] for path in ("/providers", "/builders", "/providers?limit=50")}

    assert len(set(before.values())) == 3


def test_head_is_get_without_a_body() -> None:
    for path in ("/providers?limit=1", "/providers/sanity", "/manifest", "/snapshots", "/snapshots/1/diff/2"):
        read, head = get(path), Client().head(f"/api/v1{path}")
        kept = ("Content-Type", "Content-Length", "ETag", "Link", "Cache-Control", "Vary")

        assert (head.status_code, head.content) == (200, b"")
        assert [head.headers.get(name) for name in kept] == [read.headers.get(name) for name in kept]


def test_options_names_the_methods_to_anybody() -> None:
    answer = Client().options("/api/v1/manifest")

    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


def test_refusal_lists_what_there_is() -> None:
    messages = [error["message"] for error in get("/providers?x=1&fields=y&ordering=z").json()["errors"]]

    assert messages[0] == "There is no parameter 'x'; there are state, provider_type, fields, ordering, cursor, limit."
    assert messages[1].startswith("'z' is none of key, -key, name, ")
    assert messages[2].startswith("There is no 'y'; there are id, name, provider_name, ")
    assert get("/builders?ordering=monthly_cost").status_code == 400


def test_cursor_of_another_list_is_refused() -> None:
    link = get("/providers?limit=1").headers["Link"]
    cursor = link.partition("cursor=")[2].partition(">")[0]

    assert get(f"/providers?limit=3&fields=id&cursor={cursor}").status_code == 200
    for path in ("/builders?", "/providers?ordering=-key&", "/providers?provider_type=cms&", "/snapshots?"):
        assert get(f"{path}cursor={cursor}").status_code == 400


def test_what_is_not_live_is_for_those_who_may_see_it() -> None:
    viewer = person("Viewer")
    stranger = person("Viewer", name="stranger")
    stranger.groups.clear()

    for state in ("approved", "draft"):
        path = f"/providers?state={state}"
        assert get(path).status_code == 401
        assert get(path, signed_in(stranger)).status_code == 403
        answer = get(path, signed_in(viewer))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert Client().get(f"/api/v1{path}", **bearer(token_of(viewer, name=state))).json() == answer.json()


def test_approved_and_draft_lists_are_of_revisions() -> None:
    client = signed_in(person("Viewer"))
    approved, draft = (get(f"/providers?state={state}", client).json() for state in ("approved", "draft"))

    assert ids(approved) == ["decap", "ghost", "sanity", "decap", "shopify-basic", "astro"]
    assert ids(draft) == ["decap", "ghost", "sanity", "strapi", "tina", "decap", "shopify-basic", "astro"]
    assert (approved[2]["name"], approved[2]["revision"]) == ("Sanity CMS", 2)
    assert (draft[2]["name"], draft[2]["revision"]) == ("Sanity, renamed", 3)
    assert draft[4]["lifecycle"]["state"] == "removed"
    assert "serial" not in draft[2]
    assert get("/providers?state=draft&fields=id,revision&limit=1", client).json() == [{"id": "decap", "revision": 1}]
    for state in ("approved", "draft"):
        whole = ids(get(f"/providers?state={state}&limit=200", client).json())
        for ordering in ("key", "-key", "name", "-name", "monthly_cost", "-monthly_cost", "updated", "-updated"):
            assert sorted(ids(walk(f"/providers?state={state}&limit=1&ordering={ordering}", client))) == sorted(whole)


def test_draft_of_an_entry_differs_from_the_live_one_in_its_stamp_only() -> None:
    live = get("/providers/cms/decap").json()
    draft = get("/providers/cms/decap?state=draft", signed_in(person("Viewer"))).json()

    assert {name: value for name, value in live.items() if name != "serial"} == {
        name: value for name, value in draft.items() if name != "revision"
    }


def test_reading_needs_a_token_if_the_settings_say_so(settings: Settings) -> None:
    settings.REGISTRY_API_PUBLIC = False
    text = token_of(person("Viewer"))

    for path in ("/providers", "/providers/sanity", "/manifest", "/snapshots", "/snapshots/2", "/snapshots/1/diff/2"):
        assert get(path).status_code == 401
        answer = Client().get(f"/api/v1{path}", **bearer(text))
        assert answer.status_code == 200
        assert "public" not in answer.headers["Cache-Control"]
    assert get("/openapi.json").status_code == 200


def test_json_is_what_is_answered(client: Client) -> None:
    assert json.loads(client.get("/api/v1/providers", headers={"Accept": "application/json"}).content)
    refused = client.get("/api/v1/providers", headers={"Accept": "text/csv"})

    assert (refused.status_code, refused.headers["Content-Type"]) == (406, "application/problem+json")

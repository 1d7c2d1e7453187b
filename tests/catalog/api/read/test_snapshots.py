"""Snapshots, what differs between two of them, and the manifest."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.api.access.people import person, signed_in
from tests.catalog.api.read.registry import get, walk
from tests.factories import SANITY, provider_document, publish, save

PUBLIC = {"serial", "state", "published_at", "rolled_back_to", "path", "sha256", "is_kept"}


@pytest.mark.usefixtures("registry")
def test_manifest_is_the_published_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    stored = open_store().get("manifest.json")
    first = get("/manifest")

    assert stored is not None
    assert first.content == stored.content
    with django_assert_num_queries(2):
        assert get("/manifest").content == first.content
    with django_assert_num_queries(1):
        assert get("/manifest", If_None_Match=first.headers["ETag"]).status_code == 304
    save("provider", provider_document("another", aliases=["providers/cms/an_other"]))
    publish()
    stored = open_store().get("manifest.json")
    assert stored is not None
    assert get("/manifest").content == stored.content
    assert get("/manifest", If_None_Match=first.headers["ETag"]).status_code == 200


@pytest.mark.usefixtures("registry")
def test_snapshots_are_listed_newest_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Snapshot.objects.create(state="failed", serial=9, requested_at=Snapshot.objects.latest("pk").requested_at)
    with django_assert_num_queries(1):
        answer = get("/snapshots")

    listed = answer.json()
    assert [(each["serial"], each["state"]) for each in listed] == [(2, "live"), (1, "replaced")]
    assert all(set(each) == PUBLIC for each in listed)
    assert answer.headers["Cache-Control"].startswith("public, ")
    assert get("/snapshots", If_None_Match=answer.headers["ETag"]).status_code == 304
    assert walk("/snapshots?limit=1") == listed
    assert get("/snapshots?limit=1000").status_code == 400


@pytest.mark.usefixtures("registry")
def test_why_and_by_whom_is_for_those_inside() -> None:
    answer = get("/snapshots/2", signed_in(person("Viewer")))

    assert set(answer.json()) == PUBLIC | {"note", "requested_by", "requested_at", "finished_at", "changes"}
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert set(get("/snapshots/2").json()) == PUBLIC | {"changes"}
    assert get("/snapshots/2").json()["changes"] == {"added": 1, "changed": 1, "removed": 1}


@pytest.mark.usefixtures("registry")
def test_serial_that_was_never_published_is_not_found() -> None:
    assert get("/snapshots/0").status_code == 404
    for serial in ("3", "-1", "x", "1.0", "999999999", "9" * 30, "9" * 5000, "%00"):
        assert get(f"/snapshots/{serial}").status_code == 404
        assert get(f"/snapshots/1/diff/{serial}").status_code == 404
        assert get(f"/snapshots/{serial}/diff/1").status_code == 404


@pytest.mark.usefixtures("registry")
def test_difference_is_net_and_names_members() -> None:
    body = get("/snapshots/1/diff/2").json()

    assert body == {
        "from": 1,
        "to": 2,
        "counts": {"added": 1, "changed": 1, "removed": 1},
        "entries": [
            {
                "key": "providers/cms/sanity",
                "change": "changed",
                "differences": [{"path": "/monthly_cost_range", "before": [65, 280], "after": [70, 280]}],
            },
            {"key": "providers/cms/tina", "change": "removed", "differences": []},
            {"key": "providers/ssg/astro", "change": "added", "differences": []},
        ],
    }
    back = get("/snapshots/2/diff/1").json()
    assert back["counts"] == {"added": 1, "changed": 1, "removed": 1}
    assert [entry["change"] for entry in back["entries"]] == ["changed", "added", "removed"]
    assert back["entries"][0]["differences"][0]["before"] == [70, 280]
    assert get("/snapshots/2/diff/2").json()["entries"] == []
    assert get("/snapshots/0/diff/2").json()["counts"] == {"added": 8, "changed": 0, "removed": 0}
    save("provider", SANITY)
    publish()
    assert [entry["key"] for entry in get("/snapshots/1/diff/3").json()["entries"]] == [
        "providers/cms/ghost",
        "providers/cms/tina",
        "providers/ssg/astro",
    ]


@pytest.mark.usefixtures("registry")
def test_difference_comes_in_pages_and_stays_as_it_is() -> None:
    first = get("/snapshots/0/diff/2?limit=3")
    seen, answer = [], first
    while True:
        body = answer.json()
        assert body["counts"]["added"] == 8
        seen += [entry["key"] for entry in body["entries"]]
        link = answer.headers.get("Link")
        if link is None:
            break
        answer = get(link[1:].partition(">")[0].removeprefix("http://testserver/api/v1"))

    assert seen == [entry["key"] for entry in get("/snapshots/0/diff/2").json()["entries"]]
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert get("/snapshots/0/diff/2?limit=3", If_None_Match=first.headers["ETag"]).status_code == 304
    assert get("/snapshots/1/diff/2?cursor=x").status_code == 400


def test_before_the_first_publish_there_is_nothing(db: None) -> None:
    assert get("/manifest").status_code == 404
    assert (get("/snapshots").json(), get("/providers").json()) == ([], [])
    assert get("/providers/sanity").status_code == 404
    assert get("/snapshots/0/diff/0").json()["entries"] == []

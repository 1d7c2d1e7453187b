"""The rollback page: what would change, a reason, and the old content back under a new serial."""

import json

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.admin.pages import SNAPSHOTS, Browsers, differing, messages
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(db: None) -> str:
    """The rollback page of serial 1; serial 2 changed one entry and added another."""
    save("provider", SANITY)
    first = publish()
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    save("provider", provider_document("decap"))
    publish()
    return f"{SNAPSHOTS}{first.pk}/roll-back/"


def published_cost() -> list[int]:
    stored = open_store().get("providers/cms/sanity.json")
    assert stored is not None
    cost: list[int] = json.loads(stored.content)["monthly_cost_range"]
    return cost


def test_plan_shows_what_goes_back(page: str, browsers: Browsers) -> None:
    context = browsers["publisher"].get(page).context

    shown = [(change["key"], change["verb"], differing(change["differences"])) for change in context["changes"]]
    assert shown == [
        ("providers/cms/decap", "removed", []),
        ("providers/cms/sanity", "changed", [("/monthly_cost_range", "70 to 280", "65 to 280")]),
    ]


def test_rolling_back_on_the_page_makes_the_old_content_live(
    page: str, browsers: Browsers, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = browsers["publisher"].post(page, {"reason": "Wrong prices"})

    snapshot = Snapshot.objects.get(state="live")
    assert answer.headers["Location"] == f"{SNAPSHOTS}{snapshot.pk}/change/"
    assert (snapshot.serial, snapshot.rolled_back_to, snapshot.note) == (3, 1, "Wrong prices")
    assert published_cost() == [65, 280]


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_reason_is_asked_for(reason: str, page: str, browsers: Browsers) -> None:
    answer = browsers["publisher"].post(page, {"reason": reason}, follow=True)

    assert len(messages(answer)) == 1
    assert Snapshot.objects.count() == 2
    assert published_cost() == [70, 280]


def test_live_content_has_no_button(page: str, browsers: Browsers) -> None:
    live = Snapshot.objects.get(state="live")

    answer = browsers["publisher"].get(f"{SNAPSHOTS}{live.pk}/roll-back/")

    assert answer.context["count"] == 0
    assert "Serial 2 has the content that is live" in answer.content.decode()


def test_collected_serial_is_a_message(page: str, browsers: Browsers) -> None:
    Snapshot.objects.filter(serial=1).update(collected_at="2030-01-01T00:00:00Z")

    answers = [browsers["publisher"].get(page, follow=True), browsers["publisher"].post(page, follow=True)]

    said = ["Serial 1 was collected as garbage. Available: 2."]
    assert [messages(answer) for answer in answers] == [said, said]


def test_failed_snapshot_has_no_page(browsers: Browsers) -> None:
    failed = Snapshot.objects.create(state="failed", requested_at="2030-01-01T00:00:00Z")

    assert browsers["publisher"].get(f"{SNAPSHOTS}{failed.pk}/roll-back/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("anonymous", 302), ("editor", 403)])
def test_others_may_neither_look_nor_roll_back(name: str, status: int, page: str, browsers: Browsers) -> None:
    answers = [browsers[name].get(page), browsers[name].post(page, {"reason": "Because"})]

    assert [answer.status_code for answer in answers] == [status, status]
    assert Snapshot.objects.count() == 2

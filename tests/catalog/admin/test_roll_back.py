"""The rollback page: what would change, a reason, and the old content back under a new serial."""

import json

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.admin.pages import PUBLISH, SNAPSHOTS, Browsers, count_queries, messages, sentences
from tests.catalog.admin.plans import ask, plan_of
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


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


def test_plan_shows_what_goes_back_and_what_the_next_publish_would_bring_again(page: str, browsers: Browsers) -> None:
    answer = browsers["publisher"].get(page)

    assert plan_of(answer) == [
        ("providers/cms/sanity", "changed", [("/monthly_cost_range", "70 to 280", "65 to 280")]),
        ("providers/cms/decap", "removed", []),
    ]
    assert answer.context["brought_back"] == 2
    content = answer.content.decode()
    assert "The next publish would bring these changes back" in content
    assert "Drafts and approvals stay as they are" in content
    assert "It is taken out: it was not there then" in content


def test_rolling_back_on_the_page_makes_the_old_content_live(
    page: str, browsers: Browsers, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(browsers["publisher"], page, reason="Wrong prices")

    snapshot = Snapshot.objects.get(state="live")
    assert answer.headers["Location"] == f"{SNAPSHOTS}{snapshot.pk}/change/"
    assert (snapshot.serial, snapshot.rolled_back_to, snapshot.note) == (3, 1, "Wrong prices")
    assert published_cost() == [65, 280]
    receipt = browsers["publisher"].get(answer.headers["Location"])
    assert [(change.key, change.new is None) for change in receipt.context["plan"].changes] == [
        ("providers/cms/sanity", False),
        ("providers/cms/decap", True),
    ]
    assert "Back to" in receipt.content.decode()
    assert [key for key, *_ in plan_of(browsers["publisher"].get(PUBLISH))] == [
        "providers/cms/decap",
        "providers/cms/sanity",
    ]


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501, "x" * 1_000_000])
def test_reason_is_asked_for_at_the_field_and_nothing_is_lost(reason: str, page: str, browsers: Browsers) -> None:
    answer = ask(browsers["publisher"], page, reason=reason)

    attempt = answer.context["attempt"]
    assert (answer.status_code, attempt.field, attempt.reason) == (200, "reason", reason)
    assert attempt.message.startswith("The reason has" if reason.strip() else "Say why you go back")
    assert Snapshot.objects.count() == 2
    assert published_cost() == [70, 280]


def test_plan_that_was_not_shown_is_not_rolled_back(page: str, browsers: Browsers) -> None:
    digest = browsers["publisher"].get(page).context["digest"]
    save("provider", provider_document("tina"))
    publish()

    answers = [browsers["publisher"].post(page, {"plan": plan, "reason": ATTACK}) for plan in (digest, "", "\0")]

    for answer in answers:
        assert answer.context["attempt"].message.startswith("What would be published has changed")
        assert (answer.context["plan"].count, ATTACK in answer.content.decode()) == (3, False)
    assert Snapshot.objects.count() == 3


def test_second_press_leads_to_the_rollback_that_waits(page: str, browsers: Browsers) -> None:
    ask(browsers["publisher"], page, reason="Wrong")

    again = ask(browsers["publisher"], page, reason="Wrong", follow=True)
    other = ask(browsers["administrator"], page, reason="Mine")
    Snapshot.objects.filter(state="pending").update(state="publishing", beat_at="2030-01-01T00:00:00Z")
    late = ask(browsers["administrator"], page, reason="Mine")

    waiting = Snapshot.objects.get(state="publishing")
    assert again.redirect_chain == [(f"{SNAPSHOTS}{waiting.pk}/change/", 302)]
    assert other.context["attempt"].message == "A publish is waiting already; it will be done in a moment."
    assert late.context["attempt"].message == "A rollback to serial 1 is being done already."
    assert 'value="Mine"' in late.content.decode()
    assert Snapshot.objects.count() == 3


def test_live_content_has_no_button(page: str, browsers: Browsers) -> None:
    live = Snapshot.objects.get(state="live")

    answer = browsers["publisher"].get(f"{SNAPSHOTS}{live.pk}/roll-back/")
    asked = ask(browsers["publisher"], f"{SNAPSHOTS}{live.pk}/roll-back/", reason="Why not")

    assert answer.context["plan"].count == 0
    assert "Serial 2 has the content that is live" in answer.content.decode()
    assert asked.context["attempt"].message == "Serial 2 has the same content as what is live."
    assert "Your reason was: “Why not”" in sentences(asked)


def test_page_takes_as_many_queries_for_three_as_for_one(page: str, browsers: Browsers) -> None:
    counts = []
    for slug in ("one", "two", "three"):
        counts.append(count_queries(browsers["publisher"], page))
        save("provider", provider_document(slug))
        publish()

    assert counts[0] == counts[2]


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

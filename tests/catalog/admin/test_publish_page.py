"""The publish page: the plan, and one press that makes it live."""

import json

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Snapshot
from catalog.publishing.stores.configured import open_store
from tests.catalog.admin.pages import PUBLISH, SNAPSHOTS, Browsers, differing, messages
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db


def test_plan_shows_every_change_with_its_differences(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    save("provider", provider_document("decap"))

    context = browsers["publisher"].get(PUBLISH).context

    shown = [(change["key"], change["verb"], differing(change["differences"])) for change in context["changes"]]
    assert shown == [
        ("providers/cms/decap", "added", []),
        ("providers/cms/sanity", "changed", [("/monthly_cost_range", "65 to 280", "70 to 280")]),
    ]
    assert (context["count"], context["problems"], context["live"].serial) == (2, [], 1)


def test_publishing_on_the_page_makes_it_live(
    browsers: Browsers, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    save("provider", SANITY)

    with django_capture_on_commit_callbacks(execute=True):
        answer = browsers["publisher"].post(PUBLISH, {"note": "First prices"})

    snapshot = Snapshot.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{SNAPSHOTS}{snapshot.pk}/change/")
    assert (snapshot.state, snapshot.serial, snapshot.note) == ("live", 1, "First prices")
    assert snapshot.requested_by == User.objects.get(username="publisher")
    stored = open_store().get("providers/cms/sanity.json")
    assert stored is not None
    assert json.loads(stored.content)["monthly_cost_range"] == [65, 280]
    assert sanity().is_live
    page = browsers["publisher"].get(answer.headers["Location"])
    assert [change.entry_key for change in page.context["changes"]] == ["providers/cms/sanity"]
    assert not page.context["running"]


def test_nothing_to_publish_is_a_message(browsers: Browsers) -> None:
    answer = browsers["publisher"].post(PUBLISH, {"note": ""}, follow=True)

    assert messages(answer) == ["There is nothing to publish: everything that is approved is live."]
    assert "Nothing to publish" in browsers["publisher"].get(PUBLISH).content.decode()
    assert Snapshot.objects.count() == 0


def test_problems_are_shown_instead_of_the_button(browsers: Browsers) -> None:
    save("provider", SANITY, User.objects.get(username="editor"), approved=False)
    save("stack", stack_document(providers={"cms": ["sanity"]}))
    why = "stacks/foundation/marketing /providers/cms/0: providers/cms/sanity is not published"

    page = browsers["publisher"].get(PUBLISH).content.decode()
    answer = browsers["publisher"].post(PUBLISH, {"note": ""}, follow=True)

    assert why in page
    assert "Publish 1 change" not in page
    assert why in messages(answer)[0]
    assert Snapshot.objects.count() == 0


def test_second_request_is_a_message_and_the_page_of_the_first_reloads_itself(browsers: Browsers) -> None:
    save("provider", SANITY)
    browsers["publisher"].post(PUBLISH, {"note": ""})

    answer = browsers["administrator"].post(PUBLISH, {"note": ""}, follow=True)

    assert messages(answer) == ["A publish is waiting already; it will be done in a moment."]
    waiting = browsers["publisher"].get(f"{SNAPSHOTS}{Snapshot.objects.get().pk}/change/")
    assert 'http-equiv="refresh"' in waiting.content.decode()


@pytest.mark.parametrize(("note", "notes"), [("a\0b", ["a b"]), ("x" * 501, []), ("x" * 1_000_000, [])])
def test_note_is_kept_in_one_line_or_refused(note: str, notes: list[str], browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = browsers["publisher"].post(PUBLISH, {"note": note}, follow=True)

    assert answer.status_code == 200
    assert [snapshot.note for snapshot in Snapshot.objects.all()] == notes


def test_snapshot_that_does_not_exist_is_no_error(browsers: Browsers) -> None:
    assert browsers["publisher"].get(f"{SNAPSHOTS}999/change/").status_code == 302

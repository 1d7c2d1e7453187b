"""The page that restores a revision: what it shows before, and what it does."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.entries import save_entry
from catalog.models import Revision
from tests.catalog.admin.pages import Browsers, differing, messages, page_of, see_what_changed
from tests.factories import SANITY, change_by, provider_document, sanity, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
FIRST = {**SANITY, "aliases": ["providers/cms/old"], "best_for": ATTACK}


@pytest.fixture
def past(browsers: Browsers) -> Browsers:
    """Revision 1 has an alias that somebody else took since, 2 is the newest."""
    editor = User.objects.get(username="editor")
    save("provider", FIRST)
    save_entry("provider", {**SANITY, "icon": "new"}, change_by(editor, ATTACK))
    save("provider", provider_document("decap", aliases=["providers/cms/old"]))
    return browsers


def address(number: object = 1) -> str:
    return page_of(sanity(), f"history/{number}/restore")


def post(browsers: Browsers, name: str = "editor", number: int = 1, **given: Any) -> Any:
    shown = browsers[name].get(address(number))
    sha256 = shown.context["plan"].sha256 if shown.context else ""
    fields = {"expected_revision": "2", "expected_sha256": sha256, "change_note": "Back to it"}
    return browsers[name].post(address(number), {**fields, **given}, follow=True)


def count() -> int:
    return Revision.objects.filter(entry_key="providers/cms/sanity").count()


def test_page_shows_what_changes_and_what_does_not_come_back(past: Browsers) -> None:
    answer = past["editor"].get(address())
    page = answer.content.decode()

    assert differing(answer.context["differences"]) == [
        ("/best_for", SANITY["best_for"], ATTACK),
        ("/icon", "new", ""),
    ]
    assert answer.context["left_out"] == [("Aliases", "providers/cms/old leads to providers/cms/decap by now.")]
    assert "This does not come back" in page
    assert "<script>alert(1)" not in page
    assert count() == 2


def test_restoring_makes_a_draft_and_leads_to_the_history(past: Browsers) -> None:
    answer = post(past)

    assert answer.redirect_chain == [(page_of(sanity(), "history"), 302)]
    assert messages(answer) == [
        f"Revision 1 is back as revision 3. It waits for approval. {see_what_changed(sanity())}"
    ]
    latest = sanity().latest_revision
    assert latest is not None
    assert latest.document == {**SANITY, "best_for": ATTACK}
    assert (latest.source, latest.change_note, str(latest.author)) == ("restore", "Back to it", "editor")


@pytest.mark.parametrize(
    ("name", "shown", "sent"), [("anonymous", 302, 302), ("publisher", 403, 403), ("administrator", 200, 302)]
)
def test_page_is_for_those_who_may_change_the_entry(name: str, shown: int, sent: int, past: Browsers) -> None:
    fields = {"expected_revision": "2", "change_note": "Back to it"}

    assert past[name].get(address()).status_code == shown
    assert past[name].post(address(), fields).status_code == sent
    assert count() == (3 if name == "administrator" else 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"change_note": ""}, "Say in the change note why this changes."),
        ({"change_note": "x" * 1_000_000}, "The change note has 1,000,000 characters; 500 are allowed."),
        ({"expected_revision": "1"}, "Somebody else has saved this entry meanwhile."),
        ({"expected_revision": ATTACK}, "Somebody else has saved this entry meanwhile."),
        ({"expected_revision": "9" * 40}, "Somebody else has saved this entry meanwhile."),
        ({"expected_sha256": ATTACK}, "Something that this revision names was changed meanwhile"),
    ],
)
def test_refusal_is_shown_and_keeps_the_note(given: dict[str, Any], message: str, past: Browsers) -> None:
    answer = post(past, **given)

    assert answer.status_code == 200
    assert answer.context["message"].startswith(message)
    assert answer.context["note"] == given.get("change_note", "Back to it")
    assert "<script>alert(1)" not in answer.content.decode()
    assert count() == 2


@pytest.mark.parametrize("number", [0, 3, 99, "9" * 30, "9" * 5000, "x", "-1", "1;DROP"])
def test_number_of_no_revision_is_not_found(number: object, past: Browsers) -> None:
    for icon in ("a", "b"):
        save("provider", provider_document("decap", icon=icon))

    assert past["editor"].get(address(number)).status_code in (302, 404)
    assert past["editor"].post(address(number), {"change_note": "Back"}).status_code in (302, 404)
    assert count() == 2


def test_revision_that_is_there_now_offers_nothing(past: Browsers) -> None:
    page = past["editor"].get(address(2)).content.decode()
    answer = post(past, number=2)

    assert "the entry has this content now" in page
    assert "<button class" not in page.split('aria-label="What changes"')[1].split("Back to the history")[0]
    assert answer.context["message"].startswith("Nothing would change")
    assert count() == 2

"""Two people edit one entry at once: both versions are shown, nothing is overwritten unseen, nothing typed is lost."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.lifecycle import change_lifecycle
from catalog.models import Revision
from tests.cases import spread
from tests.catalog.admin.entries.conflicts import cells, document_of, form_in, save_theirs, start, states, tick
from tests.catalog.admin.pages import Browsers, errors, page_of, sentences
from tests.factories import SANITY, sanity, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


def test_both_versions_are_shown_and_nothing_is_saved(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", icon="mine", display_name="Mine")
    save_theirs("provider", {**SANITY, "best_for": "Theirs", "tier_name": "Theirs", "monthly_cost_range": [1, 2]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert answer.status_code == 200
    assert states(answer) == {
        "Best for": "both",
        "Tier name": "theirs",
        "Monthly cost": "theirs",
        "Icon": "yours",
        "Display name": "yours",
    }
    assert cells(answer, "Best for") == (SANITY["best_for"], "Theirs", "Mine")
    assert cells(answer, "Monthly cost") == ("65 to 280", "1 to 2", "1 to 2")
    assert cells(answer, "Icon") == ("", "", "mine")
    page = sentences(answer)
    assert "administrator saved this entry while you were editing" in page
    assert "Their reason" in page
    assert "I have seen revision 2 by administrator; save mine on top." in page
    assert errors(answer)["__all__"][0].startswith("administrator saved revision 2 of this entry")
    assert (Revision.objects.count(), document_of(sanity())["best_for"]) == (2, "Theirs")


def test_conflict_is_told_once_with_its_tick_beside_the_button(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "best_for": "Theirs"})

    once = sentences(browsers["editor"].post(page_of(sanity()), mine))
    wrong = sentences(browsers["editor"].post(page_of(sanity()), {**mine, "icon": "Not An Icon"}))

    assert ("administrator saved revision 2 of this entry" in once, "what is said below" in wrong) == (False, False)
    bar = once.partition('id="submit-row"')[2]
    assert ('name="seen_revision" value="2" form="provider_form"' in bar, "Save as a draft" in bar) == (True, True)
    assert (once.count('name="seen_revision"'), ">Icon</a>" in wrong) == (1, True)


def test_merged_form_saves_both_after_the_tick(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", icon="mine")
    theirs = {
        **SANITY,
        "best_for": "Theirs",
        "tier_name": "Theirs",
        "key_features": ["a", "b"],
        "complexity_level": "low",
    }
    save_theirs("provider", theirs)
    shown = browsers["editor"].post(page_of(sanity()), mine)

    answer = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert answer.status_code == 302
    assert document_of(sanity()) == {**theirs, "best_for": "Mine", "icon": "mine"}
    latest = sanity().latest_revision
    assert latest is not None
    assert (latest.number, latest.change_note, str(latest.author)) == (3, "My reason", "editor")


@pytest.mark.parametrize("seen", spread(["", "1", "3", "x", "9" * 30, "2; DROP TABLE"], fast=3))
def test_without_the_right_tick_it_is_shown_again_and_keeps_what_was_typed(seen: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "best_for": "Theirs", "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)

    answer = browsers["editor"].post(page_of(sanity()), {**form_in(shown), "icon": "", "seen_revision": seen})

    assert answer.status_code == 200
    assert states(answer) == {"Best for": "both", "Icon": "both"}
    form = answer.context["adminform"].form
    assert (form["best_for"].value(), form["icon"].value(), form["change_note"].value()) == ("Mine", "", "My reason")
    assert document_of(sanity())["best_for"] == "Theirs"


def test_third_save_is_shown_again_although_the_second_was_ticked(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "second"})
    shown = browsers["editor"].post(page_of(sanity()), mine)
    save_theirs("provider", {**SANITY, "icon": "third", "best_for": "Third"}, "Third reason")

    again = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert again.status_code == 200
    assert again.context["conflict"].theirs.number == 3
    assert [revision.number for revision in again.context["conflict"].later] == [3, 2]
    assert states(again) == {"Best for": "both", "Icon": "theirs"}
    assert again.context["adminform"].form["icon"].value() == "third"
    saved = browsers["editor"].post(page_of(sanity()), tick(again))
    assert saved.status_code == 302
    assert document_of(sanity()) == {**SANITY, "icon": "third", "best_for": "Mine"}


def test_what_the_person_set_back_on_purpose_is_not_taken_from_them_again(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)

    browsers["editor"].post(page_of(sanity()), {**tick(shown), "icon": ""})

    assert document_of(sanity()) == {**SANITY, "best_for": "Mine"}


def test_field_that_cannot_be_read_stays_as_typed_beside_theirs(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), monthly_cost_min="a lot", icon="Not An Icon", change_note="")
    save_theirs("provider", {**SANITY, "monthly_cost_range": [1, 2]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert cells(answer, "Monthly cost") == ("65 to 280", "1 to 2", "a lot to 280")
    assert {"monthly_cost_min", "icon", "change_note", "__all__"} - errors(answer).keys() == set()
    assert answer.context["adminform"].form["monthly_cost_min"].value() == "a lot"
    assert states(answer) == {"Icon": "yours", "Monthly cost": "both"}


def test_half_a_range_counts_as_a_change(browsers: Browsers) -> None:
    document = {name: value for name, value in SANITY.items() if name != "setup_cost_range"}
    save("provider", document)
    mine = start(browsers["editor"], sanity(), setup_cost_min="5")
    save_theirs("provider", {**document, "setup_cost_range": [7, 9]})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert cells(answer, "Setup cost") == ("", "7 to 9", "5 to ?")
    assert answer.context["adminform"].form["setup_cost_min"].value() == "5"


def test_error_after_the_tick_does_not_ask_again(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", change_note="")
    save_theirs("provider", {**SANITY, "icon": "theirs"})
    shown = browsers["editor"].post(page_of(sanity()), mine)
    without_note = browsers["editor"].post(page_of(sanity()), tick(shown))

    assert (without_note.context["conflict"], list(errors(without_note))) == (None, ["change_note"])
    answer = browsers["editor"].post(page_of(sanity()), {**form_in(without_note), "change_note": "Now with a note"})

    assert answer.status_code == 302
    assert document_of(sanity()) == {**SANITY, "best_for": "Mine", "icon": "theirs"}


@pytest.mark.parametrize("expected", ["0", "7", "999999999"])
def test_number_that_is_none_of_the_entry_keeps_what_was_typed(expected: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", expected_revision=expected)

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert answer.status_code == 200
    assert answer.context["conflict"].began is None
    assert answer.context["adminform"].form["best_for"].value() == "Mine"
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("expected", ["9" * 10, "9" * 40, "-1", " 1x"])
def test_number_beyond_reason_is_a_message(expected: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine", expected_revision=expected)

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert (answer.status_code, Revision.objects.count()) == (200, 1)
    assert errors(answer) != {}


def test_lifecycle_that_somebody_else_changed_is_shown_and_kept(browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    change_lifecycle(
        sanity(), state="deprecated", reason="Old", by=User.objects.get(username="administrator"), expected_revision=1
    )

    shown = browsers["editor"].post(page_of(sanity()), mine)
    browsers["editor"].post(page_of(sanity()), tick(shown))

    assert states(shown) == {"Best for": "yours", "Lifecycle": "theirs"}
    assert (document_of(sanity())["lifecycle"]["reason"], document_of(sanity())["best_for"]) == ("Old", "Mine")


def test_what_both_say_is_escaped(browsers: Browsers) -> None:
    save("provider", {**SANITY, "best_for": ATTACK})
    mine = start(browsers["editor"], sanity(), best_for=f"Mine {ATTACK}", icon=ATTACK)
    save_theirs("provider", {**SANITY, "best_for": f"Theirs {ATTACK}"}, ATTACK)

    page = browsers["editor"].post(page_of(sanity()), mine).content.decode()

    assert "<script>alert(1)" not in page
    assert "Theirs &quot;&#x27;&gt;&lt;script&gt;alert(1)" in page


def test_conflict_costs_the_same_however_much_was_saved_meanwhile(browsers: Browsers) -> None:
    save("provider", SANITY)
    client = browsers["editor"]
    mine = start(client, sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "icon-0"})
    with CaptureQueriesContext(connection) as for_one:
        client.post(page_of(sanity()), mine)
    for number in range(1, 15):
        save_theirs("provider", {**SANITY, "icon": f"icon-{number}"})
    with CaptureQueriesContext(connection) as for_many:
        answer = client.post(page_of(sanity()), mine)

    assert len(for_many) == len(for_one)
    assert (len(answer.context["conflict"].later), answer.context["conflict"].more) == (5, 10)


def test_huge_text_is_cut_in_the_table_and_whole_in_the_form(browsers: Browsers) -> None:
    save("provider", SANITY)
    huge = "x" * 1_000_000
    mine = start(browsers["editor"], sanity(), best_for=huge)
    save_theirs("provider", {**SANITY, "best_for": "Theirs"})

    answer = browsers["editor"].post(page_of(sanity()), mine)

    assert len(cells(answer, "Best for")[2]) == 2000
    assert answer.context["adminform"].form["best_for"].value() == huge


@pytest.mark.parametrize("name", ["anonymous", "publisher"])
def test_nobody_without_permission_gets_to_see_a_conflict(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    mine = start(browsers["editor"], sanity(), best_for="Mine")
    save_theirs("provider", {**SANITY, "icon": "theirs"})

    answer = browsers[name].post(page_of(sanity()), mine)

    assert answer.status_code == {"anonymous": 302, "publisher": 403}[name]
    assert Revision.objects.count() == 2

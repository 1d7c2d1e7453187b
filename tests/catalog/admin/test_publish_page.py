"""The publish page: the exact plan, what is wrong with it, and one press that makes it live."""

import json

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Snapshot, Stack
from catalog.publishing.stores.configured import open_store
from tests.catalog.admin.pages import PUBLISH, SNAPSHOTS, Browsers, count_queries, messages, page_of, sentences
from tests.catalog.admin.plans import ask, plan_of
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
GONE = {"state": "removed", "since": "2026-01-01", "reason": "Nobody used it"}


def test_plan_shows_every_change_with_its_differences(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("tina"))
    publish()
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    save("provider", provider_document("tina", lifecycle=GONE))
    save("provider", provider_document("decap"))

    answer = browsers["publisher"].get(PUBLISH)

    added, *others = plan_of(answer)
    assert (added[:2], ("/display_name", "", "Decap") in added[2]) == (("providers/cms/decap", "added"), True)
    assert others == [
        ("providers/cms/sanity", "changed", [("/monthly_cost_range", "65 to 280", "70 to 280")]),
        (
            "providers/cms/tina",
            "removed",
            [
                ("/lifecycle/reason", "", "Nobody used it"),
                ("/lifecycle/since", "", "1 Jan 2026"),
                ("/lifecycle/state", "", "Removed"),
            ],
        ),
    ]
    context, page = answer.context, answer.content.decode()
    assert (context["plan"].count, context["plan"].counts) == (3, {"added": 1, "changed": 1, "removed": 1})
    assert (context["problems"], context["live"].serial, context["is_mass_change"]) == ([], 1, False)
    assert "3 approved changes to publish" in page
    for verb in ("added", "changed", "removed"):
        assert (f">1 {verb}</span>" in page, f'id="section-{verb}">{verb.capitalize()} ' in page) == (True, True)
    assert [path in page for path in ("providers/cms/decap.json", "manifest.json", "current.json")] == [True] * 3


def test_large_plan_has_pages_and_counts_that_are_right(browsers: Browsers) -> None:
    for number in range(30):
        save("provider", provider_document(f"cms-{number:02}"))
    save("provider", {**SANITY, "provider_name": "zz"})

    first, second = (browsers["publisher"].get(PUBLISH, {"page": page}) for page in ("1", "2"))

    assert [len(answer.context["plan"].changes) for answer in (first, second)] == [25, 6]
    assert "25 of 31 on this page" in first.content.decode()
    assert "Page 2 of 2 (26 to 31 of 31)" in second.content.decode()
    assert "Publish 31 changes" in second.content.decode()
    for hostile in ({"page": "x", "verb": ATTACK}, {"page": "-1"}, {"page": "9" * 5000}, {"verb": "\0"}):
        assert browsers["publisher"].get(PUBLISH, hostile).context["plan"].count == 31


def test_plan_is_narrowed_to_one_verb(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "a"})
    save("provider", provider_document("decap"))

    plan = browsers["publisher"].get(PUBLISH, {"verb": "changed"}).context["plan"]

    assert ([change.key for change in plan.changes], plan.count) == (["providers/cms/sanity"], 2)


def test_page_takes_as_many_queries_for_three_as_for_one(browsers: Browsers) -> None:
    counts = []
    for slug in ("one", "two", "three"):
        save("provider", provider_document(slug))
        save("stack", stack_document(slug, providers={"cms": [slug]}))
        counts.append(count_queries(browsers["publisher"], PUBLISH))

    assert counts[0] == counts[2]


def test_publishing_on_the_page_makes_it_live(
    browsers: Browsers, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    save("provider", SANITY)

    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(browsers["publisher"], note="First prices")

    snapshot = Snapshot.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{SNAPSHOTS}{snapshot.pk}/change/")
    assert (snapshot.state, snapshot.serial, snapshot.note) == ("live", 1, "First prices")
    assert snapshot.requested_by == User.objects.get(username="publisher")
    stored = open_store().get("providers/cms/sanity.json")
    assert stored is not None
    assert json.loads(stored.content)["monthly_cost_range"] == [65, 280]
    assert sanity().is_live
    page = browsers["publisher"].get(answer.headers["Location"])
    assert [change.key for change in page.context["plan"].changes] == ["providers/cms/sanity"]
    assert page.context["receipt"].headline == "Serial 1 is live"


def test_nothing_to_publish_is_a_message(browsers: Browsers) -> None:
    answer = ask(browsers["publisher"], note=ATTACK)

    page = answer.content.decode()
    assert answer.context["attempt"].message == "There is nothing to publish: everything that is approved is live."
    assert ("Nothing to publish" in page, "Your note was" in page, ATTACK in page) == (True, True, False)
    assert Snapshot.objects.count() == 0


def test_problems_are_shown_with_the_way_to_the_field_instead_of_the_button(browsers: Browsers) -> None:
    save("provider", SANITY, User.objects.get(username="editor"), approved=False)
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    answers = {name: browsers[name].get(PUBLISH) for name in ("publisher", "administrator")}
    asked = ask(browsers["publisher"], note="Kept")

    shown = {name: answer.context["problems"] for name, answer in answers.items()}
    assert [
        (each.name, each.entry_address, each.where, each.message, each.address) for each in shown["administrator"]
    ] == [
        (
            "Marketing",
            page_of(Stack.objects.get()),
            "Providers / cms",
            "It needs Sanity CMS, which is not published. Have Sanity CMS approved too, or choose another one.",
            f"{page_of(Stack.objects.get())}#id_providers",
        )
    ]
    assert [each.address for each in shown["publisher"]] == [""]
    assert "Publish 1 change<" not in answers["administrator"].content.decode()
    assert asked.context["attempt"].message == "Nothing was published."
    assert "Your note was: “Kept”" in sentences(asked)
    assert Snapshot.objects.count() == 0


def test_plan_that_was_not_shown_is_not_published(browsers: Browsers) -> None:
    save("provider", SANITY)
    digest = browsers["publisher"].get(PUBLISH).context["digest"]
    save("provider", provider_document("decap"))

    answers = [
        browsers["publisher"].post(PUBLISH, {"plan": plan, "note": "Kept"}) for plan in (digest, "", ATTACK, "\0")
    ]

    for answer in answers:
        assert answer.context["attempt"].message.startswith("What would be published has changed since you looked")
        assert answer.context["plan"].count == 2
        assert 'value="Kept"' in answer.content.decode()
    assert Snapshot.objects.count() == 0


@pytest.fixture
def many(browsers: Browsers) -> Browsers:
    """Twenty live entries, of which six would change: more than a tenth."""
    for number in range(20):
        save("provider", provider_document(f"cms-{number:02}"))
    publish()
    for number in range(6):
        save("provider", provider_document(f"cms-{number:02}", icon="new"))
    save("provider", provider_document("added"))
    return browsers


def test_mass_change_wants_its_number_typed(many: Browsers) -> None:
    page = many["publisher"].get(PUBLISH)
    assert "changes or removes 6 of the 20 entries" in page.content.decode()

    for typed in ("", "7", "yes", "٦٦", "6.0", ATTACK, "9" * 5000):
        answer = ask(many["publisher"], note="Kept", typed=typed)
        content = answer.content.decode()
        assert (answer.context["attempt"].field, answer.context["attempt"].typed) == ("typed", typed)
        assert ("Type 6 to confirm" in content, 'value="Kept"' in content, ATTACK in content) == (True, True, False)
    assert Snapshot.objects.count() == 1

    assert ask(many["publisher"], typed=" 6 ").status_code == 302
    assert Snapshot.objects.get(state="pending").changes.count() == 7


def test_second_press_leads_to_the_publish_that_waits(browsers: Browsers) -> None:
    save("provider", SANITY)
    ask(browsers["publisher"])

    again = ask(browsers["publisher"], follow=True)
    other = ask(browsers["administrator"], note="Mine")

    waiting = Snapshot.objects.get()
    assert again.redirect_chain == [(f"{SNAPSHOTS}{waiting.pk}/change/", 302)]
    assert messages(again) == ["A publish is waiting already; it will be done in a moment."]
    assert other.context["attempt"].message == "A publish is waiting already; it will be done in a moment."
    page = sentences(other)
    assert "A publish that publisher asked for is waiting" in page
    assert (f'href="{SNAPSHOTS}{waiting.pk}/change/"' in page, "Your note was: “Mine”" in page) == (True, True)


def test_nothing_can_be_pressed_while_a_publish_waits(browsers: Browsers) -> None:
    save("provider", SANITY)
    ask(browsers["publisher"])

    waiting = browsers["publisher"].get(PUBLISH).content.decode()
    Snapshot.objects.update(state="failed")
    again = browsers["publisher"].get(PUBLISH).content.decode()

    assert ("Publish 1 change<" in waiting, "A publish waits already" in waiting) == (False, True)
    assert ("Skip to publishing" in waiting, "Skip to publishing" in again) == (False, True)
    assert ("Publish 1 change<" in again, "A publish waits already" in again) == (True, False)


def test_press_while_a_worker_is_at_it_makes_no_second_snapshot(browsers: Browsers) -> None:
    save("provider", SANITY)
    ask(browsers["publisher"])
    Snapshot.objects.update(state="publishing", beat_at="2030-01-01T00:00:00Z")

    answer = ask(browsers["administrator"])

    assert answer.context["attempt"].message == "All of this is being published right now; it will be live in a moment."
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize(("note", "notes"), [("a\0b", ["a b"]), ("x" * 501, []), ("x" * 1_000_000, [])])
def test_note_is_kept_in_one_line_or_refused_at_the_field(note: str, notes: list[str], browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = ask(browsers["publisher"], note=note, follow=True)

    assert answer.status_code == 200
    assert [snapshot.note for snapshot in Snapshot.objects.all()] == notes
    if not notes:
        assert (answer.context["attempt"].field, answer.context["attempt"].note) == ("note", note)


@pytest.mark.parametrize(("name", "status"), [("anonymous", 302), ("editor", 403)])
def test_others_may_neither_look_nor_publish(name: str, status: int, browsers: Browsers) -> None:
    save("provider", SANITY)
    digest = browsers["publisher"].get(PUBLISH).context["digest"]

    answers = [browsers[name].get(PUBLISH), browsers[name].post(PUBLISH, {"plan": digest})]

    assert [answer.status_code for answer in answers] == [status, status]
    assert Snapshot.objects.count() == 0


def test_snapshot_that_does_not_exist_is_no_error(browsers: Browsers) -> None:
    assert browsers["publisher"].get(f"{SNAPSHOTS}999/change/").status_code == 302

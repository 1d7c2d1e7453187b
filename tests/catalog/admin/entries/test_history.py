"""The history of an entry: who, when, why, decisions, snapshots, and what differs between any two revisions."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.approvals import approve, withdraw_approval
from catalog.actions.entries import save_entry
from catalog.actions.snapshots import request_rollback
from catalog.publishing.publish import run_publish
from tests.catalog.admin.pages import Browsers, count_queries, differing, page_of, save_one_of_each, sentences
from tests.factories import SANITY, change_by, outlet, provider_document, publish, sanity, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


def get(browsers: Browsers, name: str = "publisher", **query: str) -> Any:
    return browsers[name].get(page_of(sanity(), "history"), query)


def line(answer: Any, number: int) -> dict[str, Any]:
    (found,) = [line for line in answer.context["lines"] if line["revision"].number == number]
    return dict(found)


@pytest.fixture
def past(browsers: Browsers) -> Browsers:
    """Revision 1 is live, 2 was approved and withdrawn, 3 is a draft."""
    editor, publisher = (User.objects.get(username=name) for name in ("editor", "publisher"))
    save("provider", SANITY)
    publish()
    save_entry("provider", {**SANITY, "icon": "second", "best_for": ATTACK}, change_by(editor, f"Second {ATTACK}"))
    approve(sanity(), number=2, by=publisher, comment=f"Good {ATTACK}")
    withdraw_approval(sanity(), by=publisher, comment="Not yet")
    save_entry("provider", {**SANITY, "icon": "third"}, change_by(editor, "Third"))
    return browsers


def test_every_revision_says_who_when_why_and_through_what(past: Browsers) -> None:
    answer = get(past)
    page = sentences(answer)

    assert [line["revision"].number for line in answer.context["lines"]] == [3, 2, 1]
    assert [line["source"] for line in answer.context["lines"]] == ["the API", "the API", "the starter catalogue"]
    assert "Second &quot;&#x27;&gt;&lt;script&gt;" in page
    assert "<script>alert(1)" not in page
    rows = page.partition("Revisions, newest first")[2]
    assert re.findall(r'<span class="rg-badge rg-badge--\w+">(\w+)</span>', rows) == ["Draft", "Live"]
    assert "Approved by publisher" in page
    assert "Withdrawn by publisher" in page
    assert "“Not yet”" in page
    assert (answer.context["live_number"], answer.context["newest"]) == (1, 3)
    assert [snapshot.serial for snapshot in line(answer, 1)["snapshots"]] == [1]
    assert line(answer, 2)["snapshots"] == []


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_page_is_for_everybody_who_may_look(kind: str, browsers: Browsers) -> None:
    address = page_of(save_one_of_each()[kind], "history")

    answers = {name: client.get(address) for name, client in browsers.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "anonymous": 302,
        "editor": 200,
        "publisher": 200,
        "administrator": 200,
    }
    assert 'aria-current="page">History' in answers["publisher"].content.decode()


def test_every_revision_links_to_its_difference_from_what_is_live(past: Browsers) -> None:
    page = get(past).content.decode()
    links = re.findall(
        r'<a class="rg-link" href="([^"]*)"(?: aria-label="([^"]*)")?>(Against live|Live [^<]*)</a>', page
    )

    assert [(unescape(address), label, text) for address, label, text in links] == [
        ("?from=1&to=3", "", "Live (1) to newest (3)"),
        ("?from=1&to=3&page=1", "Revision 3 against live", "Against live"),
        ("?from=1&to=2&page=1", "Revision 2 against live", "Against live"),
    ]
    followed = past["publisher"].get(f"{page_of(sanity(), 'history')}{unescape(links[0][0])}")
    assert differing(followed.context["differences"]) == [("/icon", "", "third")]


def test_what_was_never_live_has_no_links_to_live(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", {**SANITY, "icon": "second"})

    page = get(browsers).content.decode()

    assert ("Against live" in page, "to newest" in page, "What changed</a>" in page) == (False, False, True)


def test_restore_is_offered_to_those_who_may(past: Browsers) -> None:
    link = page_of(sanity(), "history/1/restore")

    assert {name: link in get(past, name).content.decode() for name in ("editor", "publisher")} == {
        "editor": True,
        "publisher": False,
    }


@pytest.mark.parametrize(
    ("numbers", "differences"),
    [
        (("1", "3"), [("/icon", "", "third")]),
        (("3", "1"), [("/icon", "third", "")]),
        (("2", "3"), [("/best_for", ATTACK, SANITY["best_for"]), ("/icon", "second", "third")]),
        (("2", "2"), []),
    ],
)
def test_any_two_revisions_are_compared(numbers: tuple[str, str], differences: list[Any], past: Browsers) -> None:
    answer = get(past, **dict(zip(("from", "to"), numbers, strict=True)))

    assert differing(answer.context["differences"]) == differences
    assert "<script>alert(1)" not in answer.content.decode()
    assert f"Revision {numbers[0]} and Revision {numbers[1]}" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"from": "1", "to": "4"},
        {"from": "0", "to": "1"},
        {"from": "-1", "to": "1"},
        {"from": "1"},
        {"from": ATTACK, "to": "1"},
        {"from": "1", "to": "9" * 5000},
        {"from": "1.5", "to": "\0"},
    ],
)
def test_number_of_no_revision_is_a_message(query: dict[str, str], past: Browsers) -> None:
    save("provider", provider_document("decap"))
    for icon in ("a", "b", "c"):
        save("provider", provider_document("decap", icon=icon))

    answer = get(past, **query)

    assert answer.status_code == 200
    assert answer.context["compare_error"].endswith("give numbers from 1 to 3.")
    assert "differences" not in answer.context
    assert "<script>alert(1)" not in answer.content.decode()


def test_long_history_has_pages_and_costs_the_same(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.admin.entries.history.PER_PAGE", 3)
    editor = User.objects.get(username="editor")
    counts = []
    for number in range(1, 8):
        save("provider", {**SANITY, "icon": f"icon-{number}"}, editor)
        publish()
        query = {"from": "1", "to": "1"}
        counts.append(count_queries(browsers["publisher"], page_of(sanity(), "history"), query))

    assert len(set(counts)) == 1
    assert [line["revision"].number for line in get(browsers, page="2").context["lines"]] == [4, 3, 2]
    for page in ("9" * 5000, "x", "0", "-1"):
        assert get(browsers, page=page).status_code == 200


def test_revision_that_went_live_again_names_each_snapshot(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "other"}, User.objects.get(username="editor"))
    publish()
    back = request_rollback(serial=1, by=None, reason="Too early", in_background=False)
    run_publish(back.pk, outlet=outlet())

    answer = get(browsers)

    assert [[snapshot.serial for snapshot in line["snapshots"]] for line in answer.context["lines"]] == [[2], [3, 1]]
    assert (answer.context["live_number"], answer.context["newest"]) == (1, 2)


def test_django_s_own_history_leads_here(browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = browsers["editor"].get(f"/admin/catalog/provider/{sanity().pk}/history/")

    assert answer.templates[0].name == "admin/catalog/history.html"

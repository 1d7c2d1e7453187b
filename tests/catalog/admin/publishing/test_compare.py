"""Compare two serials: the net difference, whatever was published in between."""

import re

import pytest

from catalog.models import Snapshot
from tests.catalog.admin.html import Page
from tests.catalog.admin.pages import SNAPSHOTS, Browsers, count_queries
from tests.catalog.admin.plans import plan_of
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"


@pytest.fixture
def serials(browsers: Browsers) -> list[Snapshot]:
    """1: sanity; 2: dearer, and decap; 3: as cheap as before, and tina; 4: without decap."""
    gone = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    save("provider", SANITY)
    made = [publish()]
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    save("provider", provider_document("decap"))
    made.append(publish())
    save("provider", {**SANITY, "icon": "new"})
    save("provider", provider_document("tina"))
    made.append(publish(note=ATTACK))
    save("provider", provider_document("decap", lifecycle=gone))
    made.append(publish())
    return made


def compare(snapshot: Snapshot, other: str) -> str:
    return f"{SNAPSHOTS}{snapshot.pk}/compare/?with={other}"


def test_only_the_net_difference_shows_in_whichever_order(browsers: Browsers, serials: list[Snapshot]) -> None:
    first, _, _, last = serials

    answers = [browsers["editor"].get(compare(*pair)) for pair in ((first, "4"), (last, "1"))]

    for answer in answers:
        added, changed, removed = plan_of(answer)
        assert added[:2] == ("providers/cms/tina", "added")
        assert changed == ("providers/cms/sanity", "changed", [("/icon", "", "new")])
        assert removed[:2] == ("providers/cms/decap", "removed")
        assert (answer.context["before"].serial, answer.context["after"].serial) == (1, 4)


def test_serials_in_between_are_compared_too(browsers: Browsers, serials: list[Snapshot]) -> None:
    (change, *others) = plan_of(browsers["editor"].get(compare(serials[1], "4")))

    assert [each[:2] for each in (change, *others)] == [
        ("providers/cms/tina", "added"),
        ("providers/cms/sanity", "changed"),
        ("providers/cms/decap", "removed"),
    ]
    assert others[0][2] == [("/icon", "", "new"), ("/monthly_cost_range", "70 to 280", "65 to 280")]


def test_picker_offers_the_other_serials_and_keeps_what_is_wrong(browsers: Browsers, serials: list[Snapshot]) -> None:
    page = browsers["editor"].get(f"{SNAPSHOTS}{serials[0].pk}/change/")
    assert [each.serial for each in page.context["serials"]] == [4, 3, 2]

    for wrong in ("99", "x", "-1", "9" * 5000, "%00", "%22'><script>alert(1)</script>"):
        answer = browsers["editor"].get(compare(serials[0], wrong))
        assert answer.context["error"].startswith("There is no published serial")
        assert ATTACK not in answer.content.decode()
    assert browsers["editor"].get(compare(serials[0], "")).context["error"] == ""
    assert browsers["editor"].get(compare(serials[0], "1")).status_code == 302


def test_snapshot_page_has_the_picker_and_it_leads_to_the_comparison(
    browsers: Browsers, serials: list[Snapshot]
) -> None:
    first = serials[0]
    content = browsers["editor"].get(f"{SNAPSHOTS}{first.pk}/change/").content.decode()

    [form] = [form for form in Page(content).forms if form.action.endswith("/compare/")]
    answer = browsers["editor"].get(form.action, {**form.fields, "with": "3"})

    assert (form.method, form.action, form.fields) == ("get", f"{SNAPSHOTS}{first.pk}/compare/", {"with": [""]})
    offered = re.findall(r'<option value="(\d+)">[^<]* UTC', content[content.index('<datalist id="serials">') :])
    assert offered == ["4", "3", "2"]
    assert 'list="serials"' in content
    assert (answer.context["before"].serial, answer.context["after"].serial) == (1, 3)


def test_failed_publish_has_no_picker(browsers: Browsers, serials: list[Snapshot]) -> None:
    failed = Snapshot.objects.create(state="failed", serial=9, requested_at="2030-01-01T00:00:00Z")

    assert "/compare/" not in browsers["editor"].get(f"{SNAPSHOTS}{failed.pk}/change/").content.decode()


def test_what_was_never_published_cannot_be_compared(browsers: Browsers, serials: list[Snapshot]) -> None:
    failed = Snapshot.objects.create(state="failed", serial=9, requested_at="2030-01-01T00:00:00Z")

    assert browsers["editor"].get(compare(failed, "1")).status_code == 404
    assert "no published serial" in browsers["editor"].get(compare(serials[0], "9")).context["error"]


def test_page_takes_as_many_queries_for_three_as_for_one(browsers: Browsers, serials: list[Snapshot]) -> None:
    counts = [count_queries(browsers["editor"], compare(serials[0], other)) for other in ("2", "4")]

    assert counts[0] == counts[1]

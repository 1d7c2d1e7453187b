"""The chart and the table of people on the home page: what is drawn, with the right numbers on the right days."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.admin.home.charts import DAYS
from tests.catalog.admin.pages import Browsers
from tests.clock import Clock
from tests.factories import builder_document, publish, save

pytestmark = pytest.mark.django_db
TODAY = datetime(2030, 3, 5, 12, 0, tzinfo=UTC)


class Drawn(HTMLParser):
    """`charts`: (values, options) of each canvas; `tables`: rows of cells, by the id that names their section."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.charts: list[tuple[Any, Any]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._section, self._is_cell = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._section = given.get("aria-labelledby", "")
        elif tag == "canvas" and given.get("class") == "chart":
            self.charts.append((json.loads(given["data-value"]), json.loads(given["data-options"])))
        elif tag == "tr":
            self.tables.setdefault(self._section, []).append([])
        elif tag in ("td", "th"):
            self.tables[self._section][-1].append("")
            self._is_cell = True
        elif tag == "br":
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            row = self.tables[self._section][-1]
            row[-1] = re.sub(r"\s+", " ", row[-1] + data).lstrip()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._is_cell = False


@pytest.fixture
def clock(by_role: Browsers, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Depends on the people, whose sign-in must not be in another time."""
    clock = Clock()
    clock.now = TODAY
    monkeypatch.setattr(timezone, "now", clock)
    for name, browser in by_role.items():
        if name != "anonymous":
            browser.force_login(User.objects.get(username=name))
    return clock


def change(clock: Clock, at: str, name: str = "Editor") -> None:
    """Somebody saves a change at this minute (`02-28 23:59`)."""
    clock.now = datetime.fromisoformat(f"2030-{at}:00+00:00")
    key = f"hugo-{at}-{name}".lower().replace(" ", "-").replace(":", "-")
    save("builder", builder_document(key, backend="hugo@1", display_name=f"Hugo {at}"), User.objects.get(username=name))


def drawn(by_role: Browsers, clock: Clock) -> Drawn:
    clock.now = TODAY
    return Drawn(by_role["Viewer"].get("/admin/").content.decode())


def test_chart_is_drawn_with_each_day_in_utc(clock: Clock, by_role: Browsers) -> None:
    for at in ("02-19 23:59", "02-20 00:00", "02-28 23:59", "03-01 00:00", "03-01 12:30", "03-05 00:00"):
        change(clock, at)
    for at in ("02-28 23:59", "03-02 00:00"):
        clock.now = datetime.fromisoformat(f"2030-{at}:00+00:00")
        save("builder", builder_document(f"of-a-command-{at[:5]}"))
        publish()

    page = drawn(by_role, clock)

    ((values, options),) = page.charts
    first = TODAY.date() - timedelta(days=DAYS - 1)
    days = [first + timedelta(days=more) for more in range(DAYS)]
    changes = {"20 Feb": 1, "28 Feb": 1, "1 Mar": 2, "5 Mar": 1}
    publishes = {"28 Feb": 1, "2 Mar": 1}
    labels = [f"{day.day} {day:%b}" for day in days]
    assert values["labels"] == labels
    assert {bars["label"]: bars["data"] for bars in values["datasets"]} == {
        "Changes": [changes.get(label, 0) for label in labels],
        "Publishes": [publishes.get(label, 0) for label in labels],
    }
    assert options["plugins"]["legend"]["display"] is True
    assert page.tables["home-chart"] == [
        ["Day", "Changes", "Publishes"],
        *[[f"{label} 2030", str(changes.get(label, 0)), str(publishes.get(label, 0))] for label in labels],
    ]


def test_people_are_shown_with_their_changes_of_two_weeks_and_their_latest(clock: Clock, by_role: Browsers) -> None:
    User.objects.filter(username="Schema admin").update(first_name="Ada", last_name="Vogel")
    for at, name in (
        ("02-19 11:59", "Publisher"),
        ("02-19 12:01", "Editor"),
        ("03-01 08:30", "Schema admin"),
        ("03-02 09:15", "Editor"),
        ("03-04 18:00", "Schema admin"),
        ("03-05 07:45", "Schema admin"),
    ):
        change(clock, at, name)

    page = drawn(by_role, clock)

    assert page.tables["home-people"] == [
        ["Person", "Changes", "Latest"],
        ["Ada Vogel", "3", "Hugo 03-05 07:45 5 Mar 2030, 07:45 UTC"],
        ["Editor", "2", "Hugo 03-02 09:15 2 Mar 2030, 09:15 UTC"],
    ]


def test_nobody_changed_anything_is_said(clock: Clock, by_role: Browsers) -> None:
    page = by_role["Viewer"].get("/admin/").content.decode()

    assert ("Nobody changed anything." in page, "home-people" in Drawn(page).tables) == (True, False)

"""What stands in a row of the feed finds it, whatever name it is kept by."""

import pytest

from catalog.actions.snapshots import request_snapshot
from tests.catalog.admin.pages import Browsers
from tests.catalog.admin.people.records import FEED, open_list, shown
from tests.factories import SANITY, builder_document, publish, save

pytestmark = pytest.mark.django_db


def test_search_finds_publishes_by_what_their_rows_say(by_role: Browsers) -> None:
    save("provider", SANITY)
    snapshot = publish()
    save("builder", builder_document("hugo"))
    waiting = request_snapshot(by=None, in_background=False)
    shown_as = [record.target.name for record in open_list(by_role["Viewer"], FEED).context["cl"].result_list]

    assert shown_as[3:5] == ["Serial 1", "Serial 1"]
    assert [name for _, name in shown(by_role["Viewer"], FEED, q="Serial 1")] == [
        "Snapshot 1",
        f"Snapshot request {snapshot.pk}",
    ]
    found = shown(by_role["Viewer"], FEED, q=shown_as[0])
    assert ("publish_requested", f"Snapshot request {waiting.pk}") in found


def test_search_finds_entries_by_the_name_on_their_page(by_role: Browsers) -> None:
    save("builder", builder_document("hugo", display_name="Go templates"))
    save("provider", SANITY)

    assert [name for _, name in shown(by_role["Viewer"], FEED, q="go temp")] == ["builders/hugo"] * 2

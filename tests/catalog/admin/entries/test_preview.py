"""The page with the public JSON: exactly what readers get, and what they would get after the next publish."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.actions.approvals import approve
from catalog.publishing.stores.configured import open_store
from tests.catalog.admin.pages import Browsers, count_queries, differing, page_of, save_one_of_each
from tests.factories import SANITY, provider_document, publish, sanity, save

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
REMOVED = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}


def get(browsers: Browsers, name: str = "publisher") -> Any:
    return browsers[name].get(page_of(sanity(), "preview"))


def stored() -> str:
    file = open_store().get("providers/cms/sanity.json")
    assert file is not None
    return file.content.decode()


def editor() -> User:
    return User.objects.get(username="editor")


def test_draft_says_that_nothing_is_live(browsers: Browsers) -> None:
    save("provider", SANITY, editor(), approved=False)

    answer = get(browsers)
    page = answer.content.decode()

    assert json.loads(answer.context["new_text"]).items() >= SANITY.items()
    assert answer.context["live_text"] == ""
    assert "Nothing of this is live." in page
    assert "Draft, not live" in page
    assert "https://registry.test/providers/cms/sanity.json" in page
    assert 'href="https://registry.test' not in page
    assert sanity().latest_revision is not None
    assert sanity().latest_revision.sha256 in page  # type: ignore[union-attr]


def test_next_publish_writes_exactly_what_was_shown(browsers: Browsers) -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap"))
    first = get(browsers).context["new_text"]
    publish()
    assert stored() == first

    save("provider", {**SANITY, "icon": "new"}, editor())
    second = get(browsers).context["new_text"]
    publish()
    assert stored() == second


def test_live_document_is_shown_byte_for_byte(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", provider_document("decap"))
    publish()

    answer = get(browsers)
    page = answer.content.decode()

    assert (answer.context["live_text"], answer.context["new_text"]) == (stored(), "")
    assert 'href="https://registry.test/providers/cms/sanity.json"' in page
    assert "This is live" in page
    assert "objects/" in answer.context["object_address"]


def test_draft_of_a_live_entry_shows_both_and_what_differs(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "icon": "new", "best_for": ATTACK}, editor(), approved=False)

    answer = get(browsers)
    approve(sanity(), number=2, by=User.objects.get(username="publisher"))
    approved = get(browsers).content.decode()

    assert differing(answer.context["differences"]) == [
        ("/best_for", SANITY["best_for"], ATTACK),
        ("/icon", "", "new"),
    ]
    assert answer.context["live_text"] == stored()
    assert "The newest revision is not live." in answer.content.decode()
    assert "<script>alert(1)" not in answer.content.decode()
    assert "Approved, not live" in approved


def test_removed_entry_has_no_document(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "lifecycle": REMOVED})
    before = get(browsers)
    publish()
    after = get(browsers)

    assert before.context["new_text"] == ""
    assert before.context["live_text"] != ""
    assert "takes its document away" in before.content.decode()
    assert (after.context["live_text"], after.context["is_readable"]) == ("", False)
    assert "readers get no document" in after.content.decode()


def test_embedded_registry_names_its_own_address(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_PUBLIC_URL = ""
    save("provider", SANITY)
    publish()

    address = get(browsers).context["address"]

    assert address == "http://testserver/registry/providers/cms/sanity.json"
    assert browsers["anonymous"].get(address).status_code == 200


@pytest.mark.parametrize("kind", ["provider", "builder", "stack"])
def test_page_is_for_everybody_who_may_look(kind: str, browsers: Browsers) -> None:
    address = page_of(save_one_of_each()[kind], "preview")

    assert {name: client.get(address).status_code for name, client in browsers.items()} == {
        "anonymous": 302,
        "editor": 200,
        "publisher": 200,
        "administrator": 200,
    }


def test_page_costs_the_same_however_often_it_was_published(browsers: Browsers) -> None:
    counts = []
    for number in range(3):
        save("provider", {**SANITY, "icon": f"icon-{number}"}, editor())
        publish()
        counts.append(count_queries(browsers["publisher"], page_of(sanity(), "preview")))

    assert len(set(counts)) == 1

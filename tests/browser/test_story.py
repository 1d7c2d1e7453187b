"""The whole story in a real browser: edit, be corrected, approve, publish, see it live, go back."""

import re
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import EDITOR, PUBLISHER, Person
from tests.flows.processes import Registry


def published(registry: Registry, path: str) -> Any:
    return httpx.get(f"{registry.address}/registry/{path}").json()


def live_cost(registry: Registry) -> list[int]:
    cost: list[int] = published(registry, "providers/cms/sanity.json")["monthly_cost_range"]
    return cost


def sees_publish_end(person: Person, serial: int) -> None:
    """Waits, without loading the page again, until it tells that the serial is live."""
    person.page.evaluate("window.wasNeverLeft = true")
    expect(person.page.get_by_role("heading", name=f"Serial {serial} is live")).to_be_visible(timeout=30_000)
    assert person.page.evaluate("window.wasNeverLeft") is True


def test_change_goes_from_an_editor_to_readers_and_back(registry: Registry, sign_in: SignIn) -> None:
    editor, publisher = sign_in(EDITOR), sign_in(PUBLISHER)
    serial: int = published(registry, "manifest.json")["serial"]
    assert live_cost(registry) == [65, 280]

    edit_with_a_mistake(editor)
    assert live_cost(registry) == [65, 280]
    approve(publisher)
    assert live_cost(registry) == [65, 280]
    publish(publisher, serial + 1)
    assert live_cost(registry) == [70, 280]
    assert published(registry, "manifest.json")["serial"] == serial + 1

    roll_back(publisher, serial)
    assert live_cost(registry) == [65, 280]
    assert published(registry, "manifest.json")["serial"] == serial + 2


def edit_with_a_mistake(editor: Person) -> None:
    editor.open_entry("provider", "Sanity CMS")
    cost = editor.page.get_by_label("Monthly cost: from")
    cost.fill("999")
    editor.save("New price list")

    editor.says("Nothing is saved yet.")
    expect(cost).to_have_accessible_description(re.compile(re.escape("“From” (999) is more than “to” (280).")))
    expect(cost).to_have_value("999")
    expect(editor.page.get_by_label("Change note")).to_have_value("New price list")

    cost.fill("70")
    editor.press("Save as a draft")
    editor.says("Sanity CMS is saved as revision 2. It waits for approval.")


def approve(publisher: Person) -> None:
    publisher.page.goto("/admin/")
    publisher.choose("Approvals")
    waiting = publisher.page.get_by_role("article", name="Sanity CMS")
    expect(waiting).to_contain_text("“New price list” by editor")
    expect(waiting.get_by_role("row", name="Monthly cost")).to_contain_text("65 to 280 70 to 280")
    waiting.get_by_role("button", name="Approve Sanity CMS, revision 2").click()
    publisher.says("Sanity CMS is approved and goes live with the next publish.")


def publish(publisher: Person, serial: int) -> None:
    publisher.follow("See the plan")
    change = publisher.page.get_by_role("article").filter(has_text="providers/cms/sanity.json")
    expect(change.get_by_role("row", name="Monthly cost")).to_contain_text("65 to 280 70 to 280")
    publisher.fill("Note", "Prices of spring")
    publisher.page.get_by_role("button", name=re.compile(r"^Publish \d+ changes?$")).click()

    sees_publish_end(publisher, serial)
    expect(publisher.page.locator("h1")).to_have_text(f"Serial {serial}")
    receipt = publisher.page.get_by_role("region", name="How it stands")
    expect(receipt).to_contain_text("UTC by publisher")
    expect(receipt).to_contain_text("Prices of spring")
    expect(publisher.page.get_by_role("heading", name="Sanity CMS")).to_be_visible()


def roll_back(publisher: Person, serial: int) -> None:
    publisher.choose("Snapshots")
    publisher.follow(f"Serial {serial}")
    publisher.follow("Roll back to this")
    publisher.says("The next publish would bring")
    publisher.fill("Reason", "The price list was a draft")
    publisher.press(f"Roll back to serial {serial}")

    sees_publish_end(publisher, serial + 2)
    publisher.says(f"It brought back the content of serial {serial}.")
    publisher.says("The price list was a draft")

"""The whole story in a real browser: edit, be corrected, approve, publish, see it live, go back."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import EDITOR, PUBLISHER, Person
from tests.flows.processes import Registry, wait_for


def live_cost(registry: Registry) -> list[int]:
    cost: list[int] = httpx.get(f"{registry.address}/registry/providers/cms/sanity.json").json()["monthly_cost_range"]
    return cost


def edit_cost(editor: Person, least: str, note: str) -> None:
    editor.open_entry("provider", "Sanity CMS")
    editor.page.locator("#id_monthly_cost_min").fill(least)
    editor.page.locator("#id_change_note").fill(note)
    editor.page.get_by_role("button", name="Save", exact=True).click()


def test_change_goes_from_an_editor_to_readers_and_back(registry: Registry, sign_in: SignIn) -> None:
    editor, publisher = sign_in(EDITOR), sign_in(PUBLISHER)

    edit_cost(editor, "999", "New price list")
    editor.says("The least (999) is more than the most (280).")
    assert editor.page.locator("#id_change_note").input_value() == "New price list"
    editor.page.locator("#id_monthly_cost_min").fill("70")
    editor.page.get_by_role("button", name="Save", exact=True).click()
    editor.says("waits for approval")
    assert live_cost(registry) == [65, 280]

    publisher.page.goto("/admin/approvals/")
    publisher.says("New price list")
    publisher.page.get_by_role("button", name=re.compile("^Approve")).first.click()
    publisher.says("approved")
    publisher.page.goto("/admin/catalog/snapshot/publish/")
    publisher.says("70 to 280")
    publisher.page.get_by_role("button", name=re.compile("^Publish 1 change")).click()

    expect(publisher.page.locator("body")).to_contain_text(re.compile("Serial 2|serial 2"), timeout=30_000)
    wait_for(lambda: live_cost(registry) == [70, 280], what="The new cost")
    publisher.says("Live")

    publisher.page.goto("/admin/catalog/snapshot/1/roll-back/")
    publisher.page.get_by_label("Reason").fill("The price list was a draft")
    publisher.page.get_by_role("button", name=re.compile("^Roll back")).click()
    wait_for(lambda: live_cost(registry) == [65, 280], what="The old cost")

"""Somebody makes a service from a stack, is told of a mistake, mends it, and deploys; then changes it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=re.compile(f"^{name}")).check()


def test_service_is_made_from_a_stack_mended_and_deployed(sign_in: SignIn) -> None:
    page = sign_in(ADMINISTRATOR).page
    page.goto("/admin/services/new/")

    page.get_by_label(re.compile("^Name")).fill("Trade fair")
    page.get_by_label("Stack").select_option("Marketing site")
    choose(page, "GitHub")
    page.get_by_role("button", name="Next: how it is built").click()
    # The stack says which.
    expect(page.get_by_role("radio", name=re.compile("^Hugo"))).to_be_checked()
    choose(page, "Folder")
    page.get_by_role("button", name="Next: its settings").click()

    page.get_by_label(re.compile("^Repository")).fill("not a repository")
    # A name that no server may have: no test reaches out of the machine.
    page.get_by_label("API address").fill("https://github.invalid/api/v3")
    page.get_by_label("Include drafts").check()
    page.get_by_role("button", name="Save and deploy").click()

    wrong = page.get_by_role("alert")
    expect(wrong).to_contain_text("Nothing is saved yet.")
    wrong.get_by_role("link", name="Repository").click()
    expect(page.get_by_label(re.compile("^Repository"))).to_have_value("not a repository")
    expect(page.get_by_role("textbox", name=re.compile("^Folder"))).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Include drafts")).to_be_checked()
    page.get_by_label(re.compile("^Repository")).fill("example/fair")
    page.get_by_role("textbox", name=re.compile("^Folder")).fill("trade-fair")
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_text("Everything fits together. Nothing is saved yet.")).to_be_visible()
    page.get_by_role("button", name="Save and deploy").click()

    expect(page).to_have_url(re.compile("/admin/deployments/[0-9a-f-]{36}/$"))
    expect(page.get_by_text("Trade fair (production) is made.")).to_be_visible()


def test_rows_are_added_and_removed_on_the_page(sign_in: SignIn) -> None:
    page = sign_in(ADMINISTRATOR).page
    page.goto(
        "/admin/services/new/?step=2&name=Rows&environment=production&provider=inline&builder=static&target=directory@1"
    )
    files = page.get_by_role("group", name="Files")
    names = files.get_by_label("Name", exact=True)

    names.first.fill("index.html")
    files.locator("textarea").first.fill("<h1>Rows</h1>")
    files.get_by_role("button", name="Add a row").click()
    expect(names).to_have_count(2)
    names.last.fill("about.html")
    files.get_by_role("button", name="Add a row").click()
    names.last.fill("third.html")
    files.get_by_role("button", name="Remove").nth(1).click()
    expect(names).to_have_count(2)
    page.get_by_role("textbox", name=re.compile("^Folder")).fill("rows")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Rows (production) is made.")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(names).to_have_count(2)
    expect(names.nth(0)).to_have_value("index.html")
    expect(names.nth(1)).to_have_value("third.html")
    expect(files.locator("textarea").first).to_have_value("<h1>Rows</h1>")

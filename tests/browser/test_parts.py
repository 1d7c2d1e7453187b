"""Somebody changes what a service is made of, has a builder suggested, and upgrades a backend."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR
from tests.browser.screens import START
from tests.browser.stages import services
from tests.flows.processes import WORKER, Registry

TWO_NOTES = """
configs = [
    ("Recipes", {"title": "Bread", "text": "Flour and water"}),
    ("Jobs", {"title": "Who we look for", "text": "A baker"}),
    ("Press", {"text": "It has no title"}),
]
"""
SPECS = """
from deployments.models import Service
found = Service.objects.filter(name__in=("Recipes", "Jobs", "Press")).order_by("name")
print(json.dumps(dict(found.values_list("name", "source_backend"))))
"""
NEW_GIT = (
    "/admin/services/new/?step=2&name={name}&environment=production&provider=git&builder=static&target=directory@1"
)


@pytest.fixture(scope="module")
def deployer(registry: Registry) -> Iterator[Registry]:
    registry.start("deployer", *WORKER, "--queues", "deploy", "-n", "deployer@localhost")
    yield registry
    registry.stop("deployer")


def make(page: Page, name: str) -> None:
    """Through the page: inline files, served as they are."""
    page.goto(
        f"/admin/services/new/?step=2&name={name}&environment=production&provider=inline&builder=static&target=directory@1"
    )
    files = page.get_by_role("group", name="Files")
    files.get_by_label("Name", exact=True).first.fill("index.html")
    files.locator("textarea").first.fill("<h1>Hello</h1>")
    page.get_by_role("textbox", name=re.compile("^Folder")).fill(name.lower())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"{name} (production) is made.")).to_be_visible()


def test_builder_of_a_service_is_changed_by_keyboard_and_all_else_stays(sign_in: SignIn) -> None:
    page = sign_in(ADMINISTRATOR).page
    make(page, "Keyboard")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("textbox", name=re.compile("^Folder")).fill("typed")

    page.get_by_text("Choose another builder").press("Enter")
    page.get_by_role("radio", name=re.compile("^Static files")).press("ArrowUp")
    page.get_by_role("button", name="Use this builder").press("Enter")

    # Who has chosen stands where it is said what came of it.
    told = page.locator(".rg-alert:focus")
    expect(told).to_contain_text("takes the place of Static files. Nothing is saved yet.")
    expect(page.get_by_role("textbox", name=re.compile("^Folder"))).to_have_value("typed")
    page.get_by_text("Choose another builder").click()
    page.get_by_role("radio", name=re.compile("^Hugo")).check()
    page.get_by_role("button", name="Use this builder").click()
    page.get_by_label("Change note").fill("Hugo from now on")
    page.get_by_role("button", name="Check").last.click()
    changes = page.get_by_role("region", name="What saving would change")
    expect(changes.get_by_role("row").filter(has_text="Builder")).to_contain_text(["static", "hugo"])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as revision 2.")).to_be_visible()
    expect(page.get_by_text("builds it with Hugo")).to_be_visible()


def test_builder_is_suggested_by_a_deployer_without_leaving_the_page(deployer: Registry, sign_in: SignIn) -> None:
    page = sign_in(ADMINISTRATOR).page
    page.goto(NEW_GIT.format(name="Looked"))
    page.evaluate("window.wasNeverLeft = true")

    # No server has that name: the look fails as a deployment would.
    page.get_by_label(re.compile("^Address|^URL|^Repository")).first.fill("https://git.invalid/web/site.git")
    page.get_by_role("button", name="Suggest a builder from my source").click()
    expect(page.locator("#announcement")).not_to_be_empty()
    expect(page.locator("#builder-choice[data-look]")).to_have_count(0, timeout=90_000)

    expect(page.locator("#suggestion")).to_contain_text("You can choose the builder yourself.")
    assert page.evaluate("window.wasNeverLeft") is True
    page.get_by_role("radio", name=re.compile("^Hugo")).check()
    page.get_by_role("button", name="Use this builder").click()
    expect(page.get_by_role("heading", name="How it is built: Hugo")).to_be_visible()


def test_files_are_looked_at_and_typed_secrets_stay_where_they_are(sign_in: SignIn) -> None:
    page = sign_in(ADMINISTRATOR).page
    page.goto(
        "/admin/services/new/?step=2&name=Found&environment=production&provider=inline&builder=static&target=s3@1"
    )
    files = page.get_by_role("group", name="Files")
    files.get_by_label("Name", exact=True).first.fill("hugo.toml")
    files.locator("textarea").first.fill("title = 'x'")
    page.get_by_label(re.compile("^Secret access key")).fill("hush-hush")

    page.get_by_role("button", name="Suggest a builder from my source").click()

    expect(page.get_by_role("radio", name=re.compile("^Hugo"))).to_be_checked()
    expect(page.locator("#announcement")).to_contain_text("Certainly Hugo")
    expect(page.get_by_label(re.compile("^Secret access key"))).to_have_value("hush-hush")
    assert page.locator("#suggestion:focus").count() == 1


def test_chosen_services_are_upgraded_to_a_newer_major(registry: Registry, sign_in: SignIn) -> None:
    registry.python(START + services.PEOPLE + TWO_NOTES + services.NOTES + "print()")
    page = sign_in(ADMINISTRATOR).page
    page.goto("/admin/services/backends/")
    page.get_by_role("link", name="Upgrade to notes@2").click()

    press = page.get_by_role("region", name="Press (production)")
    expect(press).to_contain_text("Cannot be upgraded")
    expect(press.get_by_role("checkbox")).to_have_count(0)
    recipes = page.get_by_role("region", name="Recipes (production)")
    expect(recipes).to_contain_text("notes@2")
    page.get_by_role("checkbox", name="Jobs (production)").uncheck()
    page.get_by_role("button", name="Upgrade those that are ticked").click()

    expect(page.get_by_text("1 service is upgraded to notes@2. The next deployment runs with it.")).to_be_visible()
    assert registry.python(START + SPECS).strip() == '{"Jobs": "notes@1", "Press": "notes@1", "Recipes": "notes@2"}'

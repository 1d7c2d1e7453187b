"""The whole story of who deploys: a site is made, corrected, watched, broken, mended by going back, and cancelled."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.people import Person
from tests.deployments.tools import needs_sandbox
from tests.flows.processes import WORKER, Registry

DEPLOYER = "deployer"


@pytest.fixture
def deploying(registry: Registry) -> Iterator[Registry]:
    registry.start("deployer", *WORKER, "--queues", "deploy", "-n", "deployer@localhost")
    yield registry
    if "deployer" in registry.running:
        registry.stop("deployer")


def write(page: Page, number: int, name: str, text: str) -> None:
    """One of the files of the settings."""
    files = page.get_by_role("group", name="Files")
    files.get_by_label("Name", exact=True).nth(number).fill(name)
    files.locator("textarea").nth(number).fill(text)


def ends(page: Page, words: str) -> None:
    expect(page.locator("#headline")).to_have_text(re.compile(words), timeout=120_000)


def live(registry: Registry) -> str:
    return (registry.folder / "sites" / "bread-fair" / "current" / "index.html").read_text().strip()


def open_service(dora: Person) -> None:
    dora.page.get_by_role("link", name="Bread fair (production)").click()


@needs_sandbox
def test_deployer_makes_breaks_and_mends_a_site(deploying: Registry, sign_in: SignIn) -> None:
    dora = sign_in(DEPLOYER)

    choose_parts(dora)
    fill_in_with_a_mistake(dora)
    ends(dora.page, "It is live")
    expect(dora.page.get_by_role("region", name="Log of deployment 1")).to_contain_text("Succeeded.")
    assert live(deploying) == "<h1>Bread fair</h1>"

    break_it(dora)
    assert live(deploying) == "<h1>Bread fair</h1>"
    mend_it(dora)
    assert live(deploying) == "<h1>Bread fair</h1>"

    deploying.stop("deployer")
    open_service(dora)
    dora.press("Deploy")
    ends(dora.page, "Waiting to start")
    dora.press("Cancel")
    ends(dora.page, "Cancelled")


def choose_parts(dora: Person) -> None:
    page = dora.page
    dora.choose("Services")
    page.get_by_role("link", name=re.compile("New service|Make the first one")).first.click()
    page.get_by_label(re.compile("^Name")).fill("Bread fair")
    page.get_by_label("Stack").select_option("Marketing site")
    page.get_by_role("radio", name=re.compile("^Files in the settings")).check()
    dora.press("Next: how it is built")
    # It is told why, and what to do about it.
    expect(page.get_by_role("alert")).to_contain_text("Marketing site is not meant for Files in the settings.")
    page.get_by_label("Stack").select_option("None: I choose each part myself")
    page.get_by_role("radio", name=re.compile("^Files in the settings")).check()
    dora.press("Next: how it is built")
    page.get_by_role("radio", name=re.compile("^Hugo")).check()
    page.get_by_role("radio", name=re.compile("^Folder")).check()
    dora.press("Next: its settings")


def fill_in_with_a_mistake(dora: Person) -> None:
    page = dora.page
    write(page, 0, "hugo.toml", 'title = "Bread fair"\ndisableKinds = ["taxonomy", "term", "sitemap", "RSS"]\n')
    page.get_by_role("group", name="Files").get_by_role("button", name="Add a row").click()
    write(page, 1, "layouts/index.html", "<h1>{{ .Site.Title }}</h1>")
    folder = page.get_by_role("textbox", name=re.compile("^Folder"))
    folder.fill("../fair")
    dora.press("Save and deploy")
    wrong = page.get_by_role("alert")
    expect(wrong).to_contain_text("Nothing is saved yet.")
    wrong.get_by_role("link", name="Folder").click()
    expect(folder).to_be_focused()
    folder.fill("bread-fair")
    dora.press("Save and deploy")


def break_it(dora: Person) -> None:
    open_service(dora)
    dora.follow("Edit")
    write(dora.page, 1, "layouts/index.html", "<h1>{{ .Nothing")
    dora.press("Save and deploy")
    expect(dora.page.get_by_role("alert")).to_contain_text("Say in the change note why this changes.")
    dora.page.get_by_label("Change note").fill("A better heading")
    dora.press("Save and deploy")
    ends(dora.page, "It failed")
    dora.says("What helps:")
    dora.says("Deployment 1 stays live.")


def mend_it(dora: Person) -> None:
    """What is live is brought back twice: by its settings, and by what was built."""
    open_service(dora)
    dora.follow("History")
    dora.page.get_by_role("link", name="Restore revision 1").click()
    dora.press("Restore revision 1")
    dora.says("Revision 1 is back as revision 3. Deploy it to use it.")
    dora.press("Deploy")
    ends(dora.page, "It is live")
    open_service(dora)
    dora.page.get_by_role("button", name="Roll back to deployment 1").first.click()
    ends(dora.page, "It is live")
    dora.says("The service is pinned now.")

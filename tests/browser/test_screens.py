"""Every page of the admin: a picture in both themes and at two widths, and no serious barrier for anybody.

Pictures go to `var/screenshots/`, to be looked at. Reference: WCAG 2.2 levels A and AA, as axe-core checks them.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog.admin.urls import urlpatterns
from deployments.admin.urls import urlpatterns as service_patterns
from tests.browser.conftest import SHOTS, password_of
from tests.browser.people import ADMINISTRATOR, DESKTOP, PHONE, Person, Watch
from tests.browser.screens import PEOPLE, SCREENS, STATUS, Stages
from tests.flows.processes import Registry

# No pages: files, fragments.
NO_PAGES = {"export", "config-form", "suggestions", "progress", "deployment-state", "deployment-log", "suggestion"}
# Fonts are there, and charts as they are after their entrance.
SETTLE = """async () => {
    await document.fonts.ready;
    for (const chart of Object.values(window.Chart?.instances ?? {})) chart.update('none');
}"""
FIRST_PERSON = """
from django.contrib.auth.models import User
User.objects.create_superuser("administrator", password="administrator-administrator")
"""


class Looker:
    """Takes pictures of pages; everybody stays at their browser, since what it has loaded need not come again."""

    def __init__(self, browser: Browser, registry: Registry) -> None:
        self.browser, self.registry = browser, registry
        self.watch = Watch(registry.address)
        self.people: dict[str | None, Person] = {}

    def look(self, screen: str, address: str, axe: str) -> list[str]:
        """Pictures of the page, and what is wrong with it, at each width and in each theme."""
        page, wrong = self._seat(PEOPLE.get(screen, ADMINISTRATOR)).page, self.watch.wrong
        wrong.clear()
        self.watch.allowed = {address} if screen in STATUS else set()
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            self._open(page, screen, address)
            # As tall as the page: what sticks to the bottom of the window covers nothing then.
            height = max(size["height"], page.evaluate("document.body.scrollHeight"))
            page.set_viewport_size({"width": size["width"], "height": height})
            page.evaluate(SETTLE)
            page.evaluate(axe)
            for theme in ("light", "dark"):
                turn(page, theme)
                folder = SHOTS / f"{theme}-{size['width']}"
                folder.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=folder / f"{screen}.png", full_page=True, animations="disabled")
                wrong += [f"{folder.name}: {found}" for found in [*barriers(page, theme), *overflow(page)]]
        return list(wrong)

    def leave(self) -> None:
        for person in self.people.values():
            person.context.close()

    def _seat(self, name: str | None) -> Person:
        if name not in self.people:
            self.people[name] = Person(self.browser, self.watch)
            if name:
                self.people[name].sign_in(name, password_of(self.registry, name))
        return self.people[name]

    def _open(self, page: Page, screen: str, address: str) -> None:
        page.goto(address)
        if screen in STEPS:
            STEPS[screen](page)
        status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
        assert status == STATUS.get(screen, 200)


def test_every_page_is_looked_at() -> None:
    names = {str(getattr(pattern, "name", "")) for pattern in (*urlpatterns, *service_patterns)}

    assert names - SCREENS.keys() - NO_PAGES == set()


@pytest.fixture(scope="module")
def stages(registry: Registry) -> Stages:
    return Stages(registry)


@pytest.fixture(scope="module")
def looker(browser: Browser, registry: Registry) -> Iterator[Looker]:
    looker = Looker(browser, registry)
    yield looker
    looker.leave()


@pytest.mark.parametrize("screen", SCREENS)
def test_page_has_no_serious_barrier(screen: str, stages: Stages, looker: Looker, axe: str) -> None:
    address = stages.address_of(screen)

    assert looker.look(screen, address, axe) == []


def test_home_of_an_empty_registry_has_no_serious_barrier(browser: Browser, tmp_path: Path, axe: str) -> None:
    registry = Registry(tmp_path, {})
    registry.manage("migrate", "--verbosity", "0")
    registry.python(FIRST_PERSON)
    looker = Looker(browser, registry)
    try:
        registry.start_web()
        assert looker.look("home-empty", "/admin/", axe) == []
    finally:
        looker.leave()
        registry.stop()


def turn(page: Page, theme: str) -> None:
    """The theme's own key goes from one to the other."""
    while page.locator(f"html.{theme}").count() == 0:
        page.keyboard.press("Control+e")
        page.wait_for_function("document.documentElement.className !== ''")


def make_mistakes(page: Page) -> None:
    page.get_by_label("Monthly cost: from").fill("9000")
    page.get_by_label("Website").fill("contentful")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()


def send_what_is_stale(page: Page) -> None:
    """As if somebody had saved since: the number of the revision that the form began with is older."""
    page.locator("#id_expected_revision").evaluate("input => { input.value = 1; }")
    page.get_by_label("Monthly cost: to").fill("490")
    page.get_by_label("Best for").fill("Large organizations")
    page.get_by_label("Change note").fill("Told by their sales")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert", name="Somebody else saved meanwhile")).to_be_visible()


def send_too_much(page: Page) -> None:
    page.get_by_label("Best for").evaluate("input => { input.value = 'long '.repeat(2_000_000); }")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="What you sent is too large")).to_be_visible()


def sign_in_wrongly(page: Page) -> None:
    page.get_by_label("Username").fill(ADMINISTRATOR)
    page.get_by_label("Password").fill("letmein")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()


def remove_what_is_used(page: Page) -> None:
    page.get_by_label(re.compile(r"^\s*Removed")).check()
    page.get_by_label(re.compile(r"^\s*Reason")).fill("Its makers gave it up")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Foxy cannot be removed")


def confirm_wrongly(page: Page) -> None:
    page.get_by_label("Number of entries that change or go").fill("1")
    page.get_by_role("button", name=re.compile(r"^Publish \d+ changes$")).click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was published")


def choose_fields(page: Page) -> None:
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Select action to run").select_option("Edit fields of the selected")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="What should be the same in all of them?")).to_be_visible()


def make_a_token(page: Page) -> None:
    page.get_by_label("What it is for").fill("Nightly build of the web site")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_label("The new token")).to_have_text(re.compile("^reg_[0-9a-f]{12}_.{43}$"))


def make_no_token(page: Page) -> None:
    page.get_by_label("For how many days").fill("900")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is made yet.")


def preview_fields(page: Page) -> None:
    choose_fields(page)
    page.get_by_label("What to do with Complexity").select_option("Set to")
    page.get_by_label("Value of Complexity").select_option("High")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="nothing is written yet")).to_be_visible()


def fill_in_wrongly(page: Page) -> None:
    page.get_by_label("Name", exact=True).nth(0).fill("index.html")
    page.get_by_role("group", name="Files").get_by_role("button", name="Add a row").click()
    page.get_by_label("Name", exact=True).nth(1).fill("index.html")
    page.get_by_label("Folder", exact=False).last.fill("../Above")
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_text("Nothing is saved yet. This has to be put right first:")).to_be_visible()


def ask_for_a_builder(page: Page) -> None:
    page.get_by_label("Name", exact=True).nth(0).fill("hugo.toml")
    page.get_by_role("group", name="Files").locator("textarea").first.fill('title = "Spring"')
    page.get_by_role("button", name="Suggest a builder from my source").click()
    expect(page.get_by_role("radio", name=re.compile("^Hugo"))).to_be_checked()


def wait_for_a_builder(page: Page) -> None:
    """No deployer runs."""
    page.get_by_label(re.compile("^Repository")).fill("example/spring")
    page.get_by_role("button", name="Suggest a builder from my source").click()
    expect(page.get_by_text("A deployer looks at your source.").first).to_be_visible()


def fill_in_for_what_is_gone(page: Page) -> None:
    """As if the target's package were uninstalled meanwhile."""
    page.get_by_label("Name", exact=True).nth(0).fill("index.html")
    page.get_by_label(re.compile("^Folder")).last.fill("spring")
    gone = "inputs => inputs.forEach(input => { input.value = 'ftp@1'; })"
    page.locator("input[name='target']:checked, input[name='drawn/target']").evaluate_all(gone)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("ftp@1 is not installed here.")


def open_parts(page: Page) -> None:
    page.get_by_text("Choose another source").click()
    page.get_by_text("Choose another builder").click()


def choose_another_source(page: Page) -> None:
    page.get_by_text("Choose another source").click()
    page.get_by_role("radio", name=re.compile("^Files in the settings")).check()
    page.get_by_role("button", name="Use this source").click()
    expect(page.get_by_text("takes the place of")).to_be_visible()


def check_changes(page: Page) -> None:
    page.get_by_label(re.compile("^Branch")).fill("preview")
    page.get_by_role("button", name="Check").last.click()
    expect(page.get_by_role("heading", name="What saving would change")).to_be_visible()


def send_what_is_stale_of_a_service(page: Page) -> None:
    page.locator("input[name=expected_revision]").evaluate("input => { input.value = 1; }")
    page.get_by_label(re.compile("^Branch")).fill("preview")
    page.get_by_label("Change note").fill("Let everybody look at it first")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert", name="Somebody else saved meanwhile")).to_be_visible()


def barriers(page: Page, theme: str) -> list[str]:
    """What axe-core calls serious or critical: rule and the first place. The second theme has other colours only."""
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if theme == "dark" else {}
    options = {"resultTypes": ["violations"], **rules}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {' '.join(violation['nodes'][0]['html'].split())[:160]} ({len(violation['nodes'])} places)"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> list[str]:
    """Nobody has to scroll sideways to read a page."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page is {wide} px wider than the screen"] if wide > 0 else []


# What somebody does on the page before it is looked at.
STEPS: dict[str, Callable[[Page], None]] = {
    "token-made": make_a_token,
    "token-refused": make_no_token,
    "provider-wrong": make_mistakes,
    "too-large": send_too_much,
    "sign-in-failed": sign_in_wrongly,
    "lifecycle-refused": remove_what_is_used,
    "publish-unconfirmed": confirm_wrongly,
    "conflict": send_what_is_stale,
    "service-settings-wrong": fill_in_wrongly,
    "service-settings-suggested": ask_for_a_builder,
    "service-settings-pending": wait_for_a_builder,
    "service-settings-disabled": fill_in_for_what_is_gone,
    "service-edit-parts": open_parts,
    "service-edit-other": choose_another_source,
    "service-edit-checked": check_changes,
    "service-conflict": send_what_is_stale_of_a_service,
    "bulk-edit": choose_fields,
    "bulk-preview": preview_fields,
}

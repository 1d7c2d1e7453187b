"""The story without a mouse: every step by Tab, Enter, letters and arrows, and one always sees where one is.

Reference: WCAG 2.2, 2.1.1 Keyboard, 2.1.2 No Keyboard Trap, 2.4.7 Focus Visible, 2.4.11 Focus Not Obscured.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import password_of
from tests.browser.people import ADMINISTRATOR, Person, Watch
from tests.flows.processes import Registry

MOST_TABS = 400
# What is wrong with where the focus is; empty if it can be seen. A style that an element has anyhow shows nothing.
LOOK = """(step) => {
    const element = document.activeElement;
    if (element === document.body) return '';
    const name = `${element.tagName} ${element.getAttribute('aria-label') || element.id || element.textContent.trim()}`;
    const was = Number(element.dataset.step || step);
    element.dataset.step = step;
    if (was === step - 1) return `trapped in ${name}`;
    const look = () => {
        const {outlineStyle, outlineWidth, boxShadow, borderColor} = getComputedStyle(element);
        return {outline: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0, rest: boxShadow + borderColor};
    };
    const focused = look();
    if (!focused.outline) {
        element.blur();
        const plain = look();
        element.focus({preventScroll: true});
        if (plain.rest === focused.rest) return `no sign of the focus on ${name}`;
    }
    const {left, right, top, bottom} = element.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2];
    const above = document.elementFromPoint(x, y);
    const isSeen = above && (element.contains(above) || above.contains(element) || above.closest('label'));
    return isSeen ? '' : `${name} is hidden behind ${above && above.outerHTML.slice(0, 100)}`;
}"""


class Keyboard:
    """Somebody who only presses keys; `wrong` is what they could not see."""

    def __init__(self, page: Page) -> None:
        self.page, self.steps = page, 0
        self.wrong: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.steps += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def tab_to(self, target: Locator) -> None:
        """Press Tab until `target` has the focus, looking at every stop on the way."""
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.press("Tab")
            found: Any = self.page.evaluate(LOOK, self.steps)
            if found:
                self.wrong.append(f"{self.page.url}: {found}")
        raise AssertionError(f"Tab does not lead to {target} within {MOST_TABS} steps.")

    def enter(self, target: Locator) -> None:
        self.tab_to(target)
        self.press("Enter")


@pytest.fixture
def person(browser: Browser, watch: Watch) -> Iterator[Person]:
    person = Person(browser, watch)
    yield person
    person.context.close()


def test_change_goes_live_without_a_mouse(registry: Registry, person: Person) -> None:
    page, keys = person.page, Keyboard(person.page)

    page.goto("/admin/")
    keys.tab_to(page.get_by_label("Username"))
    keys.type(ADMINISTRATOR)
    keys.tab_to(page.get_by_label("Password"))
    keys.type(password_of(registry, ADMINISTRATOR))
    keys.enter(page.get_by_role("button", name="Log in"))
    expect(page.get_by_role("heading", name="Home")).to_be_visible()

    open_hugo(keys)
    change_hugo(keys)
    approve_and_publish(keys)

    document = httpx.get(f"{registry.address}/registry/providers/ssg/hugo.json").json()
    assert document["monthly_cost_range"][0] == 41
    assert document["key_features"][-2] == "quick_previews"
    assert keys.wrong == []


def open_hugo(keys: Keyboard) -> None:
    page = keys.page
    keys.enter(page.get_by_role("link", name="Providers", exact=True))
    keys.tab_to(page.get_by_role("searchbox"))
    keys.type("Hugo")
    keys.press("Enter")
    keys.enter(page.get_by_role("rowheader").get_by_role("link", name="Hugo", exact=True))


def change_hugo(keys: Keyboard) -> None:
    """Another cost, and a new tag that is brought forward by one place."""
    page = keys.page
    keys.tab_to(page.get_by_label("Monthly cost: from"))
    keys.press("Control+A")
    keys.type("41")
    keys.tab_to(page.get_by_label("Add to Key features"))
    keys.type("Quick previews")
    keys.press("Enter", "Backspace", "Alt+ArrowLeft")
    expect(page.get_by_role("button", name="quick previews, number")).to_be_focused()
    expect(page.get_by_text(re.compile(r"quick previews is now number \d+ of \d+"))).to_be_attached()
    keys.tab_to(page.get_by_label("Change note"))
    keys.type("Asked for by customers")
    keys.enter(page.get_by_role("button", name="Save as a draft"))
    expect(page.locator("body")).to_contain_text("Hugo is saved as revision 2. It waits for approval.")


def approve_and_publish(keys: Keyboard) -> None:
    page = keys.page
    keys.enter(page.get_by_role("link", name=re.compile("^Approvals")))
    keys.enter(page.get_by_role("button", name="Approve Hugo, revision 2"))
    expect(page.locator("body")).to_contain_text("Hugo is approved and goes live with the next publish.")
    keys.enter(page.get_by_role("link", name="Publish", exact=True))
    keys.enter(page.get_by_role("button", name=re.compile(r"^Publish \d+ change")))
    expect(page.get_by_role("heading", name=re.compile(r"Serial \d+ is live"))).to_be_visible(timeout=30_000)

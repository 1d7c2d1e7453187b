"""Somebody at a real browser: signed in, watched for errors in the console and for requests that leave the machine."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

EDITOR, PUBLISHER, ADMINISTRATOR = "editor", "publisher", "administrator"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Watch:
    """What must not happen on any page; `allowed` are addresses that a test knows to be refused."""

    address: str
    wrong: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)

    def follow(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.wrong.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("request", lambda request: self._see(request.url))
        # Browsers do not count the socket of a page among its requests.
        context.on("page", lambda page: page.on("websocket", lambda socket: self._see(socket.url)))

    def _hear(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type in ("error", "warning") and urlsplit(url).path not in self.allowed:
            self.wrong.append(f"{url}: {message.text}")

    def _see(self, address: str) -> None:
        url = urlsplit(address)
        if url.scheme in ("http", "https", "ws", "wss") and url.netloc != urlsplit(self.address).netloc:
            self.wrong.append(f"a request left the machine: {address}")


class Person:
    """A browser of their own, with cookies of their own; `cookies` are those of an earlier visit."""

    def __init__(self, browser: Browser, watch: Watch, *, cookies: Any = None) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=watch.address,
            viewport=DESKTOP,  # type: ignore[arg-type]
            storage_state=cookies,
        )
        self.context.set_default_timeout(30_000)
        watch.follow(self.context)
        self.page: Page = self.context.new_page()

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.press("Log in")
        expect(self.page).to_have_url(re.compile("/admin/$"))

    @property
    def menu(self) -> Locator:
        """The items of the menu at the left."""
        return self.page.locator("#nav-sidebar").get_by_role("listitem").get_by_role("link")

    def choose(self, item: str) -> None:
        """An item of the menu; a number beside it does not matter."""
        self.menu.filter(has_text=re.compile(rf"\b{item}\b")).first.click()

    def open_entry(self, kind: str, name: str) -> None:
        """The form of an entry, found as a person finds it: by the list's search."""
        self.page.goto(f"/admin/catalog/{kind}/")
        search = self.page.get_by_role("searchbox")
        search.fill(name)
        search.press("Enter")
        self.page.get_by_role("rowheader").get_by_role("link", name=name, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        """`label` is how the field's label begins."""
        self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}"))

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def save(self, note: str) -> None:
        """The form of an entry, as a draft."""
        self.fill("Change note", note)
        self.press("Save as a draft")

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    def says(self, words: str | re.Pattern[str]) -> None:
        """Waits until the page shows `words`."""
        expect(self.page.locator("body")).to_contain_text(words)

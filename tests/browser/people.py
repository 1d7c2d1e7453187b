"""Somebody at a real browser: signed in, watched for errors in the console and for requests that leave the machine."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

EDITOR, PUBLISHER, ADMINISTRATOR = "editor", "publisher", "administrator"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Watch:
    """What must not happen on any page."""

    address: str
    wrong: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.location.get('url')}: {message.text}")

    def _see(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and f"{url.scheme}://{url.netloc}" != self.address:
            self.wrong.append(f"a request left the machine: {request.url}")


class Person:
    """A browser of their own, with cookies of their own."""

    def __init__(self, browser: Browser, address: str, watch: Watch) -> None:
        self.context: BrowserContext = browser.new_context(base_url=address, viewport=DESKTOP)  # type: ignore[arg-type]
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        watch.follow(self.page)

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page).to_have_url(re.compile("/admin/$"))

    def open_entry(self, kind: str, name: str) -> None:
        """The form of an entry, found as a person finds it: by the list's search."""
        self.page.goto(f"/admin/catalog/{kind}/")
        search = self.page.locator("#searchbar")
        search.fill(name)
        search.press("Enter")
        self.page.locator("#result_list").get_by_role("link", name=name, exact=True).first.click()

    def says(self, words: str) -> None:
        """Waits until the page shows `words`."""
        expect(self.page.locator("body")).to_contain_text(words)

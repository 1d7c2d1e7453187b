"""What keeps an eye on every page of these tests sees what it should."""

from playwright.sync_api import Browser

from tests.browser.people import Person, Watch
from tests.flows.processes import Registry, free_port

CALL = """async (host) => {
    await fetch(`http://${host}/`, {mode: 'no-cors'}).catch(() => null);
    await new Promise((done) => { new WebSocket(`ws://${host}/`).onerror = done; });
}"""


def test_requests_and_sockets_that_leave_are_seen(browser: Browser, registry: Registry) -> None:
    watch, elsewhere = Watch(registry.address), f"127.0.0.1:{free_port()}"
    visitor = Person(browser, watch)
    try:
        visitor.page.goto("/healthz")
        assert watch.wrong == []
        # A page that no policy forbids to ask elsewhere.
        visitor.page.goto("about:blank")
        visitor.page.evaluate(CALL, elsewhere)
    finally:
        visitor.context.close()

    left = [wrong for wrong in watch.wrong if wrong.startswith("a request left")]
    assert left == [f"a request left the machine: {scheme}://{elsewhere}/" for scheme in ("http", "ws")]

"""One registry as real processes for all browser tests, and people who sit at it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, expect, sync_playwright

from tests.browser.people import Person, Watch
from tests.deployments.packages import PLUGINS, copied, pip_install
from tests.flows.processes import BEAT, WORKER, Registry

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
SignIn = Callable[[str], Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.timeout(600))
    # They leave a registry behind in which nothing can be published.
    items.sort(key=lambda item: item.path == here / "test_screens.py")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Nothing waits that long on an idle machine.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry as `make run` makes it, for all of these tests: each works on entries of its own.

    The package `notes` is installed in it, a source in two majors.
    """
    packages = tmp_path_factory.mktemp("packages")
    pip_install(copied(PLUGINS / "notes", packages / "notes"), packages)
    registry = Registry(tmp_path_factory.mktemp("registry"), {"PYTHONPATH": str(packages)})
    registry.greeting = registry.manage("first_run", "--port", str(registry.port))
    try:
        registry.start_web()
        registry.start("worker", *WORKER)
        registry.start("beat", *BEAT)
        yield registry
    finally:
        registry.stop()


@pytest.fixture
def watch(registry: Registry) -> Iterator[Watch]:
    watch = Watch(registry.address)
    yield watch
    assert watch.wrong == []


@pytest.fixture(scope="session")
def visits() -> dict[str, StorageState]:
    """The cookies of who has signed in before, by name: signing in again would only take time."""
    return {}


@pytest.fixture
def sign_in(browser: Browser, registry: Registry, watch: Watch, visits: dict[str, StorageState]) -> Iterator[SignIn]:
    """A function that seats a person (`editor`, `publisher`, `administrator`, or one that a test has made)."""
    seated: list[Person] = []

    def seat(name: str) -> Person:
        person = Person(browser, watch, cookies=visits.get(name))
        seated.append(person)
        if name not in visits:
            person.sign_in(name, password_of(registry, name))
            visits[name] = person.context.storage_state()
        return person

    yield seat
    for person in seated:
        person.context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which `make test-browser` has brought."""
    return (Path(os.environ["BROWSER_TOOLS"]) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def password_of(registry: Registry, name: str) -> str:
    """What `first_run` printed; people made by a test have their name, doubled."""
    printed = re.search(rf"^ +{name} +(\S+)$", registry.greeting, re.MULTILINE)
    return printed[1] if printed else f"{name}-{name}"

"""A person deploys a service, watches its log as it comes, breaks it, reads the hint, goes back, and cancels."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import SignIn
from tests.browser.people import Person
from tests.deployments.tools import needs_sandbox
from tests.flows.processes import WORKER, Registry

DORA = "dora"
START = """
import json
from django.contrib.auth.models import Group, User
from catalog.models import Builder, Provider
from deployments.models import Service
from tests.deployments.admin.visits import make_deployment, say, web_service
"""
PERSON = f"""{START}
person = User.objects.create_user("{DORA}", password="{DORA}-{DORA}", is_staff=True)
person.groups.set([Group.objects.get(name="Deployer"), Group.objects.get_or_create(name="Web")[0]])
"""
LONG = f"""{START}
deployment = make_deployment(web_service("long"), "failed")
say(deployment, *(f"line {{at}} of many" for at in range(1, 20001)))
print(deployment.pk)
"""
END_WITH_LINES = """
from django.utils import timezone
from deployments.models import Deployment
from tests.deployments.admin.visits import say
deployment = Deployment.objects.get(pk="{pk}")
say(deployment, *(f"line {{at}} of many" for at in range(1, 2501)))
ended = {{"state": "failed", "finished_at": timezone.now(), "lease": None, "lease_expires_at": None}}
Deployment.objects.filter(pk=deployment.pk).update(**ended)
"""
HOSTILE = ["<img src=x onerror=alert(1)>", "\x1b[31mred\x1b[0m", "\u202egnp.exe", "y" * 4000]
HELLO = {"index.html": "<h1>Hello</h1>"}


@pytest.fixture(scope="module")
def deploying(registry: Registry) -> Iterator[Registry]:
    """With somebody who deploys, and a deployer."""
    registry.python(PERSON)
    registry.start("deployer", *WORKER, "--queues", "deploy", "-n", "deployer@localhost")
    yield registry
    registry.stop("deployer")


def make(registry: Registry, name: str, *, command: str = "") -> None:
    """A service of inline files, built by a command if there is one."""
    build: dict[str, Any] = {
        "build_backend": "command@1",
        "build_config": {"buildCommand": command, "outputFolder": "out"},
    }
    values = json.dumps(build if command else {})
    builder = "command" if command else "static"
    registry.python(
        f'{START}web_service("{name}", builder=Builder.objects.get(slug="{builder}"), **json.loads({values!r}))'
    )


def set_files(registry: Registry, name: str, files: dict[str, str]) -> None:
    registry.python(f'{START}Service.objects.filter(name="{name}").update(source_config={{"files": {files!r}}})')


def live(registry: Registry, name: str) -> str:
    return (registry.folder / "sites" / name / "current" / "index.html").read_text()


def open_service(person: Person, name: str) -> None:
    person.page.goto("/admin/")
    person.choose("Services")
    person.page.get_by_role("link", name=name, exact=True).click()


def deploy(person: Person, name: str, ends: str) -> None:
    """Press the button, and stay on the page that it leads to until that says how it ended."""
    open_service(person, name)
    person.press("Deploy")
    person.page.evaluate("window.wasNeverLeft = true")
    expect(headline(person)).to_have_text(re.compile(ends), timeout=60_000)
    assert person.page.evaluate("window.wasNeverLeft") is True


def headline(person: Person) -> Any:
    return person.page.locator("#headline")


def test_service_is_deployed_broken_and_brought_back(deploying: Registry, sign_in: SignIn) -> None:
    make(deploying, "bakery")
    dora = sign_in(DORA)
    deploy(dora, "bakery", "It is live")
    expect(dora.page.get_by_role("region", name="Log of deployment 1")).to_contain_text("Succeeded.")
    expect(dora.page.get_by_role("status").first).to_have_text("It is live")
    set_files(deploying, "bakery", {"index.html": "<h1>Two</h1>"})
    deploy(dora, "bakery", "It is live")
    assert live(deploying, "bakery") == "<h1>Two</h1>"

    set_files(deploying, "bakery", {"../index.html": "<h1>Three</h1>"})
    deploy(dora, "bakery", "It failed")
    dora.says("What helps: Change the config of the service.")
    dora.says("Deployment 2 stays live.")
    assert live(deploying, "bakery") == "<h1>Two</h1>"

    open_service(dora, "bakery")
    dora.page.get_by_role("button", name="Roll back to deployment 1").first.click()
    expect(headline(dora)).to_have_text("It is live", timeout=60_000)
    dora.says("Deployment 4 brings back what deployment 1 made live.")
    assert live(deploying, "bakery") == "<h1>Hello</h1>"
    open_service(dora, "bakery")
    dora.says("It is pinned, as after a rollback.")
    dora.press("Unpin")
    dora.says("The service is no longer pinned")


@needs_sandbox
def test_build_is_watched_line_by_line_and_cancelled(deploying: Registry, sign_in: SignIn) -> None:
    command = "for i in $(seq 1 200); do echo word $i; done; sleep 2; echo later; sleep 600"
    make(deploying, "endless", command=command)
    dora = sign_in(DORA)
    open_service(dora, "endless")
    dora.press("Deploy")
    log = dora.page.get_by_role("region", name="Log of deployment 1")

    expect(log).to_contain_text("word 200", timeout=60_000)
    expect(dora.page.locator("[aria-current=step]")).to_contain_text("Build")
    # Who has scrolled up stays there, until they want the end.
    log.evaluate("log => { log.scrollTop = 0; }")
    jump = dora.page.get_by_role("button", name="Jump to the end")
    expect(jump).to_be_visible()
    expect(log).to_contain_text("later")
    assert log.evaluate("log => log.scrollTop") == 0
    jump.click()
    assert log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop") < 2

    dora.press("Cancel")
    expect(headline(dora)).to_have_text(re.compile("Stopping|Cancelled"))
    expect(headline(dora)).to_have_text("Cancelled", timeout=60_000)
    expect(log).to_contain_text("Cancelled.")
    dora.says("Cancelling was asked for at")


@needs_sandbox
def test_log_comes_without_a_stream_too(deploying: Registry, sign_in: SignIn) -> None:
    make(deploying, "polled", command="echo begun; sleep 3; echo done; mkdir out; cp index.html out")
    dora = sign_in(DORA)
    # As behind a proxy that lets no stream through.
    dora.page.route("**/events?*", lambda route: route.fulfill(status=204))

    deploy(dora, "polled", "It is live")

    expect(dora.page.locator("#log-lines")).to_contain_text(re.compile("begun.*done.*Succeeded", re.DOTALL))


def test_page_without_scripts_shows_the_log_so_far(deploying: Registry, sign_in: SignIn, browser: Browser) -> None:
    make(deploying, "plain")
    dora = sign_in(DORA)
    deploy(dora, "plain", "It is live")
    context = browser.new_context(
        base_url=deploying.address, java_script_enabled=False, storage_state=dora.context.storage_state()
    )

    page = context.new_page()
    page.goto(dora.page.url)

    expect(page.locator("#log-lines")).to_contain_text("Succeeded.")
    page.get_by_role("button", name="Deploy again as it ran").click()
    expect(page.locator("#headline")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Deployment 2 of plain (production)")
    context.close()


def test_log_of_twenty_thousand_lines_is_read_in_parts(deploying: Registry, sign_in: SignIn) -> None:
    deployment = deploying.python(LONG).strip()
    dora = sign_in(DORA)
    page = dora.page
    page.goto(f"/admin/deployments/{deployment}/")
    lines = page.locator(".rg-log-line")
    expect(lines).to_have_count(1000)
    page.locator("#log-jump").evaluate("button => button.parentElement.scrollIntoView()")
    expect(lines.last).to_be_in_viewport()

    for count in (2000, 3000):
        page.get_by_role("link", name="Show earlier lines").click()
        expect(lines).to_have_count(count)
    assert lines.first.get_attribute("id") == "L17001"
    numbers: list[int] = page.evaluate(
        "[...document.querySelectorAll('.rg-log-line')].map((line) => Number(line.id.slice(1)))"
    )
    assert numbers == list(range(17001, 20001))

    page.get_by_label("Line", exact=True).fill("17500")
    dora.press("Go")
    expect(page).to_have_url(re.compile("#L17500$"))
    expect(page.locator("#L17500")).to_be_in_viewport()
    page.get_by_label("Line", exact=True).fill("12")
    dora.press("Go")
    expect(page).to_have_url(re.compile(r"\?line=12#L12$"))
    expect(page.locator("#L12")).to_be_in_viewport()
    dora.press("Jump to the end")
    expect(page.locator("#L20000")).to_be_attached()
    page.goto(f"/admin/deployments/{deployment}/#L34")
    expect(page.locator("#L34")).to_be_in_viewport()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert len(download.value.path().read_text().splitlines()) == 20_000


def test_hostile_lines_that_come_later_are_lines(deploying: Registry, sign_in: SignIn) -> None:
    running = deploying.python(
        f'{START}print(make_deployment(web_service("hostile"), "building", lease_expires_at="2100-01-01T00:00:00Z").pk)'
    ).strip()
    lines = [
        {"seq": at, "at": "2030-01-01T00:00:00Z", "attempt": 1, "step": "build", "text": text}
        for at, text in enumerate(HOSTILE, start=1)
    ]

    def answer(route: Route) -> None:
        route.fulfill(
            json={"lines": lines, "next": 4, "state": "building", "isOver": False, "steps": [], "error": None}
        )

    dora = sign_in(DORA)
    dora.page.route("**/events?*", lambda route: route.fulfill(status=204))
    dora.page.route("**/logs?*", answer)
    dora.page.goto(f"/admin/deployments/{running}/")

    texts = dora.page.locator(".rg-log-line bdi")
    expect(texts).to_have_count(4)
    assert texts.all_text_contents() == [HOSTILE[0], "red", "⟨202E⟩gnp.exe", HOSTILE[3]]
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert dora.page.evaluate(wide) <= 0


def test_all_lines_come_without_a_stream_also_of_what_has_ended(deploying: Registry, sign_in: SignIn) -> None:
    pk = deploying.python(
        f'{START}print(make_deployment(web_service("wordy"), "building", lease_expires_at="2100-01-01T00:00:00Z").pk)'
    ).strip()
    asked: list[str] = []

    def answer(route: Route) -> None:
        # The page was made while it ran: it ends, with all its lines, before the first look at the log.
        if not asked:
            deploying.python(END_WITH_LINES.format(pk=pk))
        asked.append(route.request.url)
        route.continue_()

    dora = sign_in(DORA)
    dora.page.route("**/events?*", lambda route: route.fulfill(status=204))
    dora.page.route("**/logs?*", answer)
    dora.page.goto(f"/admin/deployments/{pk}/")

    expect(headline(dora)).to_have_text("It failed", timeout=30_000)
    expect(dora.page.locator(".rg-log-line")).to_have_count(2500, timeout=30_000)
    expect(dora.page.locator("#L2500")).to_contain_text("line 2500 of many")
    assert len(asked) == 3

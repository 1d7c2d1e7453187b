"""The story of the product: somebody edits a cost, approves and publishes it, and readers see it.

Real processes, real requests; on the embedded defaults, and on PostgreSQL and Redis.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from catalog.publishing.pointer import parse_pointer
from tests.flows.processes import BEAT, WORKER, Browser, Registry, wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["embedded", pytest.param("services", marks=pytest.mark.services)])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    services = request.getfixturevalue("services") if request.param == "services" else {}
    registry = Registry(tmp_path, services)
    registry.manage("first_run", "--port", str(registry.port))
    try:
        registry.start_web()
        registry.start("worker", *WORKER)
        registry.start("beat", *BEAT)
        yield registry
    finally:
        registry.stop()


def published_cost(registry: Registry) -> list[int]:
    cost: list[int] = httpx.get(f"{registry.address}/registry/providers/cms/sanity.json").json()["monthly_cost_range"]
    return cost


def edit_cost(browser: Browser) -> None:
    browser.open("/admin/catalog/provider/?q=sanity")
    browser.open(browser.page.link("Sanity CMS"))
    cost = {"monthly_cost_min": "70", "monthly_cost_max": "300", "change_note": "New price list"}
    browser.send(cost, button=("_continue", "1"))
    assert "is saved as revision 2. It waits for approval." in browser.page.text


def approve(browser: Browser) -> None:
    browser.open(browser.page.link("Review"))
    assert "Monthly cost 65 to 280 70 to 300" in browser.page.text
    browser.send({"comment": "Looks right"}, button=("decision", "approve"))
    assert "Sanity CMS is approved and goes live with the next publish." in browser.page.text


def publish(browser: Browser) -> None:
    browser.open("/admin/catalog/snapshot/publish/")
    assert "1 approved change to publish" in browser.page.text
    browser.send({"note": "Prices"})
    assert "providers/cms/sanity" in browser.page.text


def test_edited_cost_reaches_readers(registry: Registry) -> None:
    passwords = json.loads((registry.folder / "demo-people.json").read_text())
    assert published_cost(registry) == [65, 280]

    with Browser(registry.address) as browser:
        browser.log_in("administrator", passwords["administrator"])
        edit_cost(browser)
        assert published_cost(registry) == [65, 280]
        approve(browser)
        publish(browser)

    wait_for(lambda: published_cost(registry) == [70, 300], what="The new cost")
    wait_for(lambda: read_serial(registry) == 2, what="The manifest")
    assert parse_pointer(httpx.get(f"{registry.address}/registry/current.json").content).serial == 2
    assert "serial 2 is whole: 46 documents" in registry.manage("verify_published")
    assert registry.log("web") == ""


def read_serial(registry: Registry) -> int:
    serial: int = httpx.get(f"{registry.address}/registry/manifest.json").json()["serial"]
    return serial

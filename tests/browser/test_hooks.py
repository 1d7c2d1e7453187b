"""From "I want a push to deploy this" to a push that did, at a real browser."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Browser, expect

from tests.browser.people import ADMINISTRATOR, Person
from tests.browser.test_screens import Looker
from tests.flows.processes import Registry

SERVICE = """
from django.utils import timezone
from catalog.models import Builder, Provider
from deployments.models import Service
print(Service.objects.create(
    name={name!r}, provider=Provider.objects.get(slug="inline"), builder=Builder.objects.get(slug="static"),
    source_backend="inline@1", build_backend="static@1", target_backend="directory@1",
    source_config={{"files": {{"index.html": "<h1>Hello</h1>"}}}}, target_config={{"folder": {name!r}.lower()}},
    created_at=timezone.now(),
).pk)
"""

TOLD = """
from catalog.models import AuditRecord
from deployments.actions.hooks.managing import make_hook
from deployments.models import Service
service = Service.objects.get(pk=PK)
made = [make_hook(service, flavour=each, branches=["main"], by=None) for each in ("github", "gitlab", "generic")]
AuditRecord.objects.note("pattern_noted", by=None, object_name=f"service {service}", detail="It failed")
Service.objects.filter(pk=PK).update(target_backend="ftp@1")
print(made[0][0].token, made[0][1])
"""


def test_webhook_is_made_used_and_disabled(registry: Registry, sign_in: Callable[[str], Person]) -> None:
    service = make_service(registry, "Bakery")
    page = sign_in(ADMINISTRATOR).page
    page.goto(f"/admin/services/{service}/hooks/")
    page.get_by_label("Branches").fill("main, release/*")
    page.get_by_role("button", name="Make the webhook").click()

    secret = page.get_by_label("The new secret").inner_text().strip()
    address = page.get_by_role("row", name="Payload URL").get_by_role("cell").inner_text().strip()
    assert push(address, secret, "release/2").json()["outcome"] == "deployed"
    assert push(address, secret, "dev").json()["outcome"] == "ignored"
    assert push(address, "wrong", "main").status_code == 401

    page.get_by_role("link", name="I have copied it").click()
    deliveries = page.get_by_role("region", name="Deliveries, newest first")
    expect(deliveries).to_contain_text("Deployment 1")
    expect(deliveries).to_contain_text("Only pushes to main, release/* are deployed.")
    expect(page.get_by_role("row", name="Refused")).to_contain_text("1 with a wrong signature")
    assert secret not in page.content()

    page.get_by_text("Change it").click()
    page.get_by_label("Enabled").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The hook is disabled: what it is told is refused.")).to_be_visible()
    assert push(address, secret, "release/2", delivery="again").status_code == 401


def test_pages_have_no_barriers(registry: Registry, browser: Browser, axe: str) -> None:
    """Their pictures go to `var/screenshots/`, to be looked at."""
    service = make_service(registry, "Butcher")
    sent = registry.python(f"PK = {service!r}\n{TOLD}").split()
    push(f"{registry.address}/api/v1/hooks/{sent[0]}", sent[1], "main")
    push(f"{registry.address}/api/v1/hooks/{sent[0]}", sent[1], "dev")
    push(f"{registry.address}/api/v1/hooks/{sent[0]}", "wrong", "dev")
    looker = Looker(browser, registry)
    screens = {
        "service-hooks": f"/admin/services/{service}/hooks/",
        "backends": "/admin/services/backends/",
        "service-usage": "/admin/services/usage/",
        "home-patterns": "/admin/",
    }

    assert {name: looker.look(name, address, axe) for name, address in screens.items()} == {
        name: [] for name in screens
    }


def make_service(registry: Registry, name: str) -> str:
    """Its id."""
    return registry.python(SERVICE.format(name=name)).strip()


def push(address: str, secret: str, branch: str, *, delivery: str = "") -> httpx.Response:
    """As GitHub sends it."""
    body = json.dumps({"ref": f"refs/heads/{branch}", "after": "a" * 40, "deleted": False}).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": delivery or re.sub(r"\W", "-", branch),
        "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
    }
    return httpx.post(address, content=body, headers=headers)

"""Every page of the admin: a picture in both themes and at two widths, and no serious barrier for anybody.

Pictures go to `var/screenshots/`, to be looked at. Reference: WCAG 2.2 levels A and AA, as axe-core checks them.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from catalog.admin.urls import urlpatterns
from tests.browser.conftest import SHOTS, SignIn
from tests.browser.people import ADMINISTRATOR, DESKTOP, PHONE
from tests.flows.processes import Registry

STATE = """
from django.contrib.auth.models import User
from catalog.actions.approvals import approve, reject
from catalog.models import Provider, find_entry
from tests.factories import SANITY, change_by, provider_document, save
by = User.objects.get(username="editor")
sanity = find_entry("providers/cms/sanity").latest_revision.document
save("provider", {**sanity, "monthly_cost_range": [70, 300], "key_features": ["groq_querying", "live_preview"]}, by, approved=False)
tina = find_entry("providers/cms/tina").latest_revision.document
save("provider", {**tina, "description": "Edits Markdown in place."}, by)
decap = find_entry("providers/cms/decap").latest_revision.document
save("provider", {**decap, "display_name": "Decap"}, by, approved=False)
entry = find_entry("providers/cms/decap")
reject(entry, number=entry.latest_revision.number, by=User.objects.get(username="publisher"), comment="Keep the full name.")
save("provider", provider_document("storyblok", lifecycle={"state": "removed", "since": "2026-01-01", "reason": "Never sold"}), by)
"""  # noqa: E501
SANITY = "/admin/catalog/provider/{sanity}"
# By the name that the picture gets; pages of `urlpatterns` have the name that they have there.
PAGES = {
    "sign-in": "/admin/login/",
    "home": "/admin/",
    "providers": "/admin/catalog/provider/",
    "providers-filtered": "/admin/catalog/provider/?q=content&provider_type=cms",
    "builders": "/admin/catalog/builder/",
    "stacks": "/admin/catalog/stack/",
    "provider": f"{SANITY}/change/",
    "provider-new": "/admin/catalog/provider/add/",
    "builder": "/admin/catalog/builder/{builder}/change/",
    "stack": "/admin/catalog/stack/{stack}/change/",
    "snapshots": "/admin/catalog/snapshot/",
    "snapshot": "/admin/catalog/snapshot/1/change/",
    "activity": "/admin/catalog/activity/",
    "audit": "/admin/catalog/auditrecord/",
    "people": "/admin/auth/user/",
    "person": "/admin/auth/user/1/change/",
    "person-new": "/admin/auth/user/add/",
    "roles": "/admin/auth/group/",
    "role": "/admin/auth/group/1/change/",
    "columns": "/admin/catalog/provider/columns/",
    "bulk-edit": "/admin/catalog/provider/bulk-edit/?ids={sanity}",
    "import": "/admin/catalog/import/",
    "approvals": "/admin/approvals/",
    "review": f"{SANITY}/review/",
    "history": f"{SANITY}/history/",
    "restore": f"{SANITY}/history/1/restore/",
    "usage": f"{SANITY}/usage/",
    "preview": f"{SANITY}/preview/",
    "lifecycle": f"{SANITY}/lifecycle/",
    "removed": "/admin/catalog/removed/",
    "publish": "/admin/catalog/snapshot/publish/",
    "own-password": "/admin/password_change/",
    "roll-back": "/admin/catalog/snapshot/1/roll-back/",
    "compare": "/admin/catalog/snapshot/1/compare/",
}
# No pages: files, fragments, and what only exists after a step that another test takes.
NO_PAGES = {"export", "config-form", "suggestions", "progress", "import-result"}
LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)]
KEYS = """
import json
from catalog.models import find_entry
print(json.dumps({
    "sanity": find_entry("providers/cms/sanity").pk,
    "builder": find_entry("builders/hugo").pk,
    "stack": find_entry("stacks/foundation/marketing").pk,
}))
"""


def test_every_page_is_looked_at() -> None:
    names = {str(pattern.name) for pattern in urlpatterns}

    assert names - PAGES.keys() - NO_PAGES == set()


@pytest.fixture(scope="module")
def addresses(registry: Registry) -> dict[str, str]:
    registry.python(STATE)
    keys = json.loads(registry.python(KEYS))
    return {name: address.format(**keys) for name, address in PAGES.items()}


@pytest.mark.parametrize(("theme", "size"), LOOKS, ids=[f"{theme}-{size['width']}" for theme, size in LOOKS])
def test_pages_have_no_serious_barrier(
    theme: str, size: dict[str, int], addresses: dict[str, str], sign_in: SignIn, axe: str
) -> None:
    page = sign_in(ADMINISTRATOR).page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    folder = SHOTS / f"{theme}-{size['width']}"
    folder.mkdir(parents=True, exist_ok=True)
    wrong = {}
    for name, address in addresses.items():
        if name == "sign-in":
            continue
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        found = [*barriers(page, axe), *overflow(page)]
        if found:
            wrong[name] = found

    assert wrong == {}


def barriers(page: Page, axe: str) -> list[str]:
    """What axe-core calls serious or critical: rule and the first place."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {' '.join(violation['nodes'][0]['html'].split())[:160]} ({len(violation['nodes'])} places)"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> list[str]:
    """Nobody has to scroll sideways to read a page."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page is {wide} px wider than the screen"] if wide > 0 else []

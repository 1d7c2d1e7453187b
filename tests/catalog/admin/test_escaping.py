"""What people type never becomes part of a page's code."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.approvals import approve
from catalog.actions.entries import save_entry
from catalog.models import Snapshot, Stack
from tests.catalog.admin.pages import PROVIDERS, PUBLISH, SNAPSHOTS, STACKS, Browsers, page_of, send
from tests.factories import SANITY, change_by, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
HOSTILE: dict[str, Any] = {
    **SANITY,
    "display_name": ATTACK,
    "tier_name": ATTACK,
    "description": ATTACK,
    "best_for": ATTACK,
    "lifecycle": {"state": "deprecated", "since": "2024-01-01", "reason": ATTACK},
    "config_schema": {"title": ATTACK, "properties": {ATTACK: {"default": ATTACK}}},
}


@pytest.fixture
def hostile(browsers: Browsers) -> Browsers:
    """A live entry, a stack with it, and an approved change of it; attacks in every text."""
    administrator = User.objects.get(username="administrator")
    save("provider", SANITY)
    save("stack", stack_document(display_name=ATTACK, providers={"cms": ["sanity"]}))
    publish(note=ATTACK)
    save_entry("provider", HOSTILE, change_by(administrator, ATTACK))
    return browsers


def is_escaped(page: str) -> bool:
    return "<script>alert(1)" not in page and "<img src=x" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("page", ["change", "review"])
@pytest.mark.parametrize("name", ["editor", "publisher"])
def test_attack_is_escaped_on_the_pages_of_an_entry(page: str, name: str, hostile: Browsers) -> None:
    content = hostile[name].get(page_of(sanity(), page)).content.decode()

    assert is_escaped(content)


@pytest.mark.parametrize("page", [PROVIDERS, STACKS, SNAPSHOTS])
def test_attack_is_escaped_in_lists(page: str, hostile: Browsers) -> None:
    assert is_escaped(hostile["publisher"].get(page).content.decode())


def test_attack_is_escaped_in_forms_of_stacks_and_snapshots(hostile: Browsers) -> None:
    pages = [page_of(Stack.objects.get()), f"{SNAPSHOTS}{Snapshot.objects.get().pk}/change/"]

    assert [is_escaped(hostile["editor"].get(page).content.decode()) for page in pages] == [True, True]


def test_attack_is_escaped_on_the_page_of_its_snapshot(hostile: Browsers) -> None:
    approve(sanity(), number=2, by=User.objects.get(username="publisher"))
    snapshot = publish()

    assert is_escaped(hostile["publisher"].get(f"{SNAPSHOTS}{snapshot.pk}/change/").content.decode())


def test_attack_is_escaped_in_messages_and_on_the_publish_page(hostile: Browsers) -> None:
    approved = hostile["publisher"].post(page_of(sanity(), "review"), {"number": "2"}, follow=True)
    plan = hostile["publisher"].get(PUBLISH)

    assert sanity().is_approved
    assert "is approved and goes live" in approved.content.decode()
    assert is_escaped(approved.content.decode())
    assert is_escaped(plan.content.decode())


@pytest.mark.parametrize(
    "field", ["display_name", "icon", "website_url", "key_features", "config_schema", "aliases", "change_note"]
)
def test_attack_is_escaped_when_the_form_comes_back(field: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = send(browsers["editor"], page_of(sanity()), **{"change_note": "", "icon": "A A", field: ATTACK})

    assert answer.status_code == 200
    assert is_escaped(answer.content.decode())


def test_attack_is_escaped_in_a_search(browsers: Browsers) -> None:
    assert is_escaped(browsers["editor"].get(PROVIDERS, {"q": ATTACK}).content.decode())


def test_messages_about_a_refused_document_are_escaped(browsers: Browsers) -> None:
    save("provider", SANITY, User.objects.get(username="editor"), approved=False)
    save("stack", stack_document(providers={"cms": ["sanity"]}), approved=True)

    answer = browsers["publisher"].post(PUBLISH, {"note": ATTACK}, follow=True)

    assert is_escaped(answer.content.decode())

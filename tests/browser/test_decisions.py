"""Drafts that are decided about: several at once, one that is rejected, one that brings an earlier state back."""

import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import EDITOR, PUBLISHER, Person
from tests.flows.processes import Registry

DRAFTS = """
from django.contrib.auth.models import User
from tests.factories import save, provider_document
writer = User.objects.create_user("writer")
for slug in ("directus", "strapi", "keystone"):
    save("provider", provider_document(slug), writer, approved=False)
"""
STATES = """
import json
from catalog.models import Provider
rows = Provider.objects.filter(slug__in=("directus", "strapi", "keystone"))
print(json.dumps({row.slug: row.approved_revision_id is not None for row in rows}))
"""


def test_ticked_drafts_are_approved_together_and_one_is_rejected(registry: Registry, sign_in: SignIn) -> None:
    registry.python(DRAFTS)
    publisher = sign_in(PUBLISHER)
    publisher.page.goto("/admin/approvals/")
    publisher.page.get_by_label("Changed by").select_option("writer")
    publisher.press("Show")
    expect(publisher.page.get_by_role("article")).to_have_count(3)

    reject(publisher, "Keystone", "Nobody sells it")
    ticks = publisher.page.get_by_role("checkbox", name=re.compile(r"^Tick .*, revision 1$"))
    expect(ticks).to_have_count(2)
    publisher.press("Tick all on this page")
    assert [tick.is_checked() for tick in ticks.all()] == [True, True]
    publisher.press("Tick none")
    assert [tick.is_checked() for tick in ticks.all()] == [False, False]
    publisher.press("Tick all on this page")
    publisher.press("Approve what is ticked")
    publisher.says("2 entries are approved and go live with the next publish.")

    assert json.loads(registry.python(STATES)) == {"directus": True, "strapi": True, "keystone": False}
    publisher.page.get_by_role("link", name=re.compile("^Rejected")).click()
    publisher.page.get_by_role("article", name="Keystone").get_by_role("link", name="Keystone").click()
    publisher.says("Rejected by publisher")
    expect(publisher.page.get_by_role("row", name="Rejected")).to_contain_text("Nobody sells it")


def reject(person: Person, name: str, comment: str) -> None:
    """Not without a word for its author."""
    card = person.page.get_by_role("article", name=name)
    card.get_by_role("button", name=f"Reject {name}, revision 1").click()
    expect(card.get_by_role("alert")).to_be_visible()
    expect(card.get_by_label("Comment")).to_be_focused()
    card.get_by_label("Comment").fill(comment)
    card.get_by_role("button", name=f"Reject {name}, revision 1").click()
    person.says(f"{name} is rejected; its author sees your comment on the Review page.")


def test_earlier_revision_is_compared_and_restored(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.open_entry("builder", "Next.js static export")
    editor.fill("Best for", "Everything")
    editor.save("A word for all")
    editor.says("Next.js static export is saved as revision 2. It waits for approval.")

    editor.open_entry("builder", "Next.js static export")
    editor.follow("History")
    editor.follow("What changed in revision 2")
    difference = editor.page.get_by_role("region", name="Compare two revisions").get_by_role("row", name="Best for")
    expect(difference).to_contain_text("Everything")
    editor.follow("Restore revision 1")
    expect(editor.page.get_by_role("row", name="Best for")).to_contain_text("Everything")
    editor.fill("Change note", "It said too much")
    editor.press("Restore revision 1")
    editor.says("Revision 1 is back as revision 3. It waits for approval.")
    editor.open_entry("builder", "Next.js static export")
    expect(editor.page.get_by_label("Best for")).not_to_have_value("Everything")

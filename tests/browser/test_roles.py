"""What each role sees: the menu, the pages and buttons of an entry, and the page for who asks for more."""

import json
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import SignIn
from tests.browser.people import Person, Watch
from tests.flows.processes import Registry

# Their passwords are what conftest's `password_of` says.
PEOPLE = """
import json
from io import StringIO
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from catalog.actions.roles import ROLES
from catalog.models import find_entry
from tests.factories import provider_document, save
editor = User.objects.get(username="editor")
for role in ROLES:
    name = f"{role.lower().replace(' ', '-')}-only"
    person = User.objects.create_user(name, password=f"{name}-{name}", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
jekyll = find_entry("builders/jekyll").latest_revision.document
save("builder", {**jekyll, "best_for": "Blogs"}, editor, approved=False)
prismic = save("provider", provider_document("prismic"), editor)
call_command("publish", stdout=StringIO())
save("provider", provider_document("prismic", best_for="Magazines"), editor)
gone = {"state": "removed", "since": "2026-01-01", "reason": "Never sold"}
save("provider", provider_document("butter", lifecycle=gone), editor, approved=False)
print(json.dumps(find_entry(prismic).pk))
"""
LOOK = ["Home", "Providers", "Builders", "Stacks", "Removed", "Activity", "Approvals", "Snapshots", "API tokens"]
PAGES = ["Review", "History", "Where used", "What readers get"]
PUBLISH, IMPORT, PEOPLES = "/admin/catalog/snapshot/publish/", "/admin/catalog/import/", "/admin/auth/user/"


@dataclass(frozen=True, slots=True)
class Role:
    """`forbidden`: an address that this role may not open."""

    name: str
    forbidden: str
    menu: tuple[str, ...] = ()
    edits: bool = False
    approves: bool = False
    publishes: bool = False
    changes_schemas: bool = False


ROLES = (
    Role("viewer", "/admin/catalog/provider/add/"),
    Role("editor", PUBLISH, menu=("Import",), edits=True),
    Role("approver", PUBLISH, approves=True),
    Role("publisher", IMPORT, menu=("Publish",), publishes=True),
    Role("schema-admin", PEOPLES, menu=("Import",), edits=True, changes_schemas=True),
    Role(
        "administrator",
        "/admin/catalog/provider/1/delete/",
        menu=(
            "Import",
            "Publish",
            "Services",
            "Deployments",
            "Backends in use",
            "Usage",
            "People",
            "Roles",
            "Audit log",
        ),
        edits=True,
        approves=True,
        publishes=True,
        changes_schemas=True,
    ),
)


@pytest.fixture(scope="module")
def prismic(registry: Registry) -> int:
    """Makes the people, and a provider whose second revision is approved; one serial is live, another one was."""
    pk: int = json.loads(registry.python(PEOPLE))
    return pk


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_sees_what_it_may_use_and_is_refused_the_rest(
    role: Role, prismic: int, sign_in: SignIn, watch: Watch
) -> None:
    person = sign_in(f"{role.name}-only")

    person.page.goto("/admin/")
    expect(person.page.get_by_role("heading", name="Home")).to_be_visible()
    # The picture, the name, perhaps a number.
    items = [text.split("\n")[1] for text in person.menu.all_inner_texts()]
    assert sorted(items) == sorted([*LOOK, *role.menu])

    person.open_entry("builder", "Jekyll")
    tabs = person.page.get_by_role("navigation", name="Pages of Jekyll").get_by_role("link")
    expect(tabs).to_have_text(["Edit", *PAGES, "Deprecate or remove"] if role.edits else ["Details", *PAGES])
    shows(person.page.get_by_role("button", name="Save as a draft"), is_shown=role.edits)
    shows(person.page.locator("textarea#id_config_schema:not([readonly])"), is_shown=role.changes_schemas)
    person.follow("Review")
    person.says("Jekyll, revision 2")
    shows(person.page.get_by_role("button", name="Approve revision 2"), is_shown=role.approves)
    shows(person.page.get_by_role("button", name="Reject revision 2"), is_shown=role.approves)
    sees_its_buttons(role, person, prismic)

    watch.allowed.add(role.forbidden)
    answer = person.page.goto(role.forbidden)
    assert answer is not None
    assert answer.status == 403
    expect(person.page.get_by_role("heading", name="You may not open this page")).to_be_visible()
    person.follow("Back to the start")
    expect(person.page.get_by_role("heading", name="Home")).to_be_visible()


def sees_its_buttons(role: Role, person: Person, prismic: int) -> None:
    """Those that are on other pages than those of Jekyll."""
    page, entry = person.page, f"/admin/catalog/provider/{prismic}"
    page.goto(f"{entry}/review/")
    person.says("This revision is approved and waits to be published.")
    shows(page.get_by_role("button", name="Withdraw the approval"), is_shown=role.approves)
    page.goto(f"{entry}/history/")
    person.says("2 revisions")
    shows(page.get_by_role("link", name="Restore revision 1"), is_shown=role.edits)
    page.goto("/admin/catalog/removed/?q=butter")
    person.says("Never sold")
    shows(page.get_by_role("button", name="Bring back Butter"), is_shown=role.edits)
    page.goto("/admin/catalog/snapshot/1/change/")
    person.says("Serial 1 was replaced by a later one")
    shows(page.get_by_role("link", name="Roll back to this"), is_shown=role.publishes)
    if role.publishes:
        person.follow("Roll back to this")
        shows(page.get_by_role("button", name="Roll back to serial 1"), is_shown=True)
    page.goto("/admin/catalog/provider/")
    person.says("Sanity CMS")
    shows(page.get_by_role("link", name="Add provider"), is_shown=role.edits)


def shows(found: Locator, *, is_shown: bool) -> None:
    expect(found).to_have_count(1 if is_shown else 0)

"""Who may see and do what: every page and every deed, for each role, for staff without one, and for nobody."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import resolve

from catalog.admin.urls import urlpatterns
from catalog.models import Builder, CatalogEntry, Provider, Revision, Stack, TypeLimit
from tests.cases import spread
from tests.catalog.admin.access import (
    DEEDS,
    ENTRY_LISTS,
    LOG,
    LOOKS,
    OWN_PAGES,
    PAGES,
    PEOPLE,
    Deed,
    everything,
    make_registry,
)
from tests.catalog.admin.html import Form, Page
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, STACKS, Browsers, page_of
from tests.factories import builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
CLIENTS = (
    "Nobody", "Viewer", "Editor", "Approver", "Publisher", "Schema admin", "Administrator", "Superuser",
)  # fmt: skip
# Signing out is everybody's own business, and a file is no page.
LEFT_OUT = ("/admin/logout/", "/admin/jsi18n/", "/registry/", "/static/")


def test_every_page_of_ours_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(OWN_PAGES)


@pytest.mark.parametrize("name", spread(CLIENTS, fast=2))
def test_page_answers_those_who_may_see_it(name: str, by_role: Browsers) -> None:
    keys = make_registry()
    before = everything()

    found = {page: by_role[name].get(page.format(**keys)).status_code for page, _, _ in PAGES}

    assert found == {page: status if name in allowed else 403 for page, allowed, status in PAGES}
    assert everything() == before


def test_page_sends_strangers_to_the_sign_in(by_role: Browsers) -> None:
    keys = make_registry()
    addresses = [page.format(**keys) for page, _, _ in PAGES]

    answers = [by_role["anonymous"].get(address) for address in addresses]

    assert [answer.headers["Location"] for answer in answers] == [f"/admin/login/?next={page}" for page in addresses]


@pytest.mark.parametrize("deed", spread(DEEDS, fast=10), ids=[deed.name for deed in DEEDS])
def test_deed_is_done_by_those_who_may_and_refused_to_all_others(deed: Deed, by_role: Browsers) -> None:
    keys = make_registry()
    address = deed.address.format(**keys)
    sent = {**what_is_sent(by_role["Superuser"], address), **filled(deed.changes, keys)}
    before = everything()
    done, refused = set(), {}
    for name, client in by_role.items():
        with transaction.atomic():
            answer = client.post(address, sent)
            if everything() != before:
                done.add(name)
            else:
                refused[name] = answer.status_code
            transaction.set_rollback(True)

    assert done == deed.allowed
    answers = {"anonymous": 302, **deed.otherwise}
    assert refused == {name: answers.get(name, 403) for name in by_role if name not in deed.allowed}


@pytest.mark.parametrize("deed", spread(LOOKS, fast=5), ids=[deed.name for deed in LOOKS])
def test_what_is_sent_to_look_is_answered_to_those_who_may_and_changes_nothing(deed: Deed, by_role: Browsers) -> None:
    keys = make_registry()
    address, before = deed.address.format(**keys), everything()

    found = {name: client.post(address, filled(deed.changes, keys)).status_code for name, client in by_role.items()}

    assert found == {name: 200 if name in deed.allowed else 403 for name in by_role} | {"anonymous": 302}
    assert everything() == before


def filled(sent: dict[str, Any], keys: dict[str, int | str]) -> dict[str, Any]:
    """With the keys of the registry where they are named."""

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, str):
            for name, key in keys.items():
                value = value.replace(f"{{{name}}}", str(key))
        return value

    return {name: fill(value) for name, value in sent.items()}


def what_is_sent(client: Client, address: str) -> dict[str, Any]:
    """The first form of the page that changes something."""
    forms = [form for form in Page(client.get(address).content.decode()).forms if is_of_the_page(form)]
    return dict(forms[0].fields) if forms else {}


def is_of_the_page(form: Form) -> bool:
    return form.method == "post" and form.action != "/admin/logout/"


@pytest.mark.slow
@pytest.mark.parametrize("role", CLIENTS)
def test_whatever_is_shown_may_be_used(role: str, by_role: Browsers) -> None:
    """Follows every link, and presses every button with what its form holds: nothing that is on show is refused."""
    make_registry()
    refused: list[Any] = []
    seen, waiting = set(), ["/admin/"]
    while waiting:
        address = waiting.pop()
        kind = kind_of_page(address)
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        answer = by_role[role].get(address)
        refused += [address] if answer.status_code in (400, 403, 405, 500) else []
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = Page(answer.content.decode())
        waiting += [link for link in page.links if link.startswith("/admin/")]
        refused += [button for form in page.forms for button in press_all(by_role[role], address, form)]

    assert refused == []
    assert len(seen) > 10 or role == "Nobody"


def kind_of_page(address: str) -> tuple[Any, ...] | None:
    """Pages of one kind are alike: one of each is enough."""
    path = address.partition("?")[0]
    if path.startswith(LEFT_OUT):
        return None
    match = resolve(path)
    return match.view_name, match.kwargs.get("kind")


def press_all(client: Client, address: str, form: Form) -> list[tuple[str, str, str]]:
    """The buttons, and the choices of what to do with a selection, that are refused."""
    if not is_of_the_page(form):
        return []
    refused = []
    actions = [("action", choice) for choice in form.choices.get("action", []) if choice]
    selected = {"_selected_action": [str(sanity().pk)]} if actions else {}
    for name, value in [*form.buttons, *actions]:
        with transaction.atomic():
            answer = client.post(form.action or address, {**form.fields, **selected, **({name: value} if name else {})})
            refused += [(address, name, value)] if answer.status_code in (400, 403, 405, 500) else []
            transaction.set_rollback(True)
    return refused


MENU = {
    "Nobody": [],
    "Viewer": ["Providers", "Builders", "Stacks", "Removed", "Activity", "Approvals", "Snapshots", "API tokens"],
    "Publisher": ["Providers", "Builders", "Stacks", "Removed", "Activity", "Approvals", "Publish", "Snapshots",
        "API tokens"],
    "Editor": ["Providers", "Builders", "Stacks", "Removed", "Import", "Activity", "Approvals", "Snapshots",
        "API tokens"],
    "Administrator": [
        "Providers", "Builders", "Stacks", "Removed", "Import", "Activity", "Approvals", "Publish", "Snapshots",
        "Services", "Deployments", "Backends in use", "Usage", "People", "Roles", "API tokens", "Audit log",
    ],
}  # fmt: skip


@pytest.mark.parametrize("role", MENU)
def test_menu_has_what_the_role_may_open(role: str, by_role: Browsers) -> None:
    groups: Any = by_role[role].get("/admin/").context["sidebar_navigation"]

    assert [item["title"] for group in groups for item in group["items"]] == ["Home", *MENU[role]]


def test_person_who_is_no_staff_sees_nothing(by_role: Browsers) -> None:
    keys = make_registry()
    User.objects.update(is_staff=False)

    assert {by_role["Superuser"].get(page.format(**keys)).status_code for page, _, _ in PAGES} == {302}


@pytest.mark.parametrize("page", [f"{PROVIDERS}9999/change/", f"{PROVIDERS}9999/review/", f"{PROVIDERS}abc/review/"])
def test_page_of_no_entry_is_no_error(page: str, by_role: Browsers) -> None:
    assert by_role["Superuser"].get(page).status_code in (302, 404)


def test_nothing_is_deleted_by_anybody(by_role: Browsers) -> None:
    make_registry()
    before = everything()

    for address in (*ENTRY_LISTS, PEOPLE, "/admin/auth/group/", LOG):
        by_role["Superuser"].post(address, {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"})
    assert by_role["Superuser"].post(page_of(sanity(), "delete"), {"post": "yes"}).status_code == 403

    assert everything() == before


def test_who_is_limited_by_type_only_looks_at_the_rest(by_role: Browsers) -> None:
    save("provider", provider_document("decap"))
    save("provider", provider_document("hugo", provider_type="ssg", cms_type=None, implementation_language="go"))
    save("builder", builder_document())
    save("stack", stack_document())
    TypeLimit.objects.create(person=User.objects.get(username="Editor"), provider_type="cms")
    client = by_role["Editor"]

    def may_save(address: str) -> bool:
        return "_save" in client.get(address).content.decode()

    entries: list[CatalogEntry] = [*Provider.objects.order_by("provider_type"), *Builder.objects.all()]
    entries += Stack.objects.all()
    assert [may_save(page_of(entry)) for entry in entries] == [True, False, False, False]
    lifecycles = [client.get(page_of(entry, "lifecycle")).status_code for entry in entries]
    assert lifecycles == [200, 403, 403, 403]
    assert [client.get(f"{page}add/").status_code for page in ENTRY_LISTS] == [200, 403, 403]
    assert client.post(page_of(entries[1]), {"display_name": "Mine", "change_note": "x"}).status_code == 403
    assert [client.get(page_of(entry, "history/1/restore")).status_code for entry in entries] == [200, 403, 403, 403]
    before = Revision.objects.count()
    for page, entry in zip((PROVIDERS, BUILDERS, STACKS), entries[1:], strict=True):
        sent = {"step": "write", "entries": f"{entry.pk}:1", "op-best_for": "set", "value-best_for": "x", "note": "x"}
        client.post(f"{page}bulk-edit/", sent)
    file = io.BytesIO(json.dumps(builder_document("jekyll")).encode())
    file.name = "builders.json"
    told = client.post("/admin/catalog/import/", {"file": file}, follow=True)
    assert "You may only change CMS providers." in told.content.decode()
    assert Revision.objects.count() == before

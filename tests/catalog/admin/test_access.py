"""Who may see and do what: every page and every decision, for nobody, editor, publisher and administrator."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Approval, Builder, Provider, Revision, Snapshot, Stack
from tests.catalog.admin.pages import (
    BUILDERS,
    PROVIDERS,
    PUBLISH,
    SNAPSHOTS,
    STACKS,
    Browsers,
    page_of,
    save_one_of_each,
)
from tests.factories import SANITY, sanity, save

pytestmark = pytest.mark.django_db
EVERYBODY = {"anonymous": 302, "editor": 200, "publisher": 200, "administrator": 200}
EDITORS = {**EVERYBODY, "publisher": 403}
PUBLISHERS = {**EVERYBODY, "editor": 403}
ADMINISTRATORS = {**EVERYBODY, "editor": 403, "publisher": 403}
NOBODY = {**ADMINISTRATORS, "administrator": 403}

PAGES = [
    ("/admin/", EVERYBODY),
    *((page, EVERYBODY) for page in (PROVIDERS, BUILDERS, STACKS, SNAPSHOTS)),
    *((f"{page}add/", EDITORS) for page in (PROVIDERS, BUILDERS, STACKS)),
    *((f"{page}{{pk}}/change/", EVERYBODY) for page in (PROVIDERS, BUILDERS, STACKS, SNAPSHOTS)),
    *((f"{page}{{pk}}/review/", EVERYBODY) for page in (PROVIDERS, BUILDERS, STACKS)),
    *((f"{page}{{pk}}/delete/", NOBODY) for page in (PROVIDERS, BUILDERS, STACKS, SNAPSHOTS)),
    (f"{SNAPSHOTS}add/", NOBODY),
    (PUBLISH, PUBLISHERS),
    ("/admin/auth/user/", ADMINISTRATORS),
    ("/admin/auth/user/add/", ADMINISTRATORS),
    ("/admin/auth/group/", ADMINISTRATORS),
]
MODELS = {PROVIDERS: Provider, BUILDERS: Builder, STACKS: Stack, SNAPSHOTS: Snapshot}


def address_of(page: str) -> str:
    model: Any = next((model for start, model in MODELS.items() if page.startswith(start)), None)
    return page.format(pk=model.objects.get().pk) if "{pk}" in page else page


@pytest.mark.parametrize(("page", "statuses"), PAGES, ids=[page for page, _ in PAGES])
def test_page_answers_those_who_may_see_it(page: str, statuses: dict[str, int], browsers: Browsers) -> None:
    save_one_of_each()
    address = address_of(page)
    before = everything()

    answers = {name: client.get(address) for name, client in browsers.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == statuses
    assert answers["anonymous"].headers["Location"] == f"/admin/login/?next={address}"
    assert everything() == before


def everything() -> list[Any]:
    """All rows that a page might change by mistake."""
    return [list(model.objects.values()) for model in (Provider, Builder, Stack, Revision, Approval, Snapshot)]


def test_person_who_is_no_staff_sees_nothing(browsers: Browsers) -> None:
    save_one_of_each()
    User.objects.update(is_staff=False)

    assert [browsers["administrator"].get(address_of(page)).status_code for page, _ in PAGES] == [302] * len(PAGES)


@pytest.mark.parametrize("page", [f"{PROVIDERS}9999/change/", f"{PROVIDERS}9999/review/", f"{PROVIDERS}abc/review/"])
def test_page_of_no_entry_is_no_error(page: str, browsers: Browsers) -> None:
    assert browsers["administrator"].get(page).status_code in (302, 404)


@pytest.mark.parametrize("name", ["anonymous", "editor"])
@pytest.mark.parametrize("decision", ["approve", "withdraw"])
def test_decision_is_refused_for_those_who_may_not(name: str, decision: str, browsers: Browsers) -> None:
    save("provider", SANITY, approved=decision == "withdraw")
    before = everything()

    answer = browsers[name].post(page_of(sanity(), "review"), {"decision": decision, "number": "1"})

    assert answer.status_code == {"anonymous": 302, "editor": 403}[name]
    assert everything() == before


@pytest.mark.parametrize("name", ["anonymous", "editor"])
def test_publish_is_refused_for_those_who_may_not(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)

    answer = browsers[name].post(PUBLISH, {"note": ""})

    assert answer.status_code == {"anonymous": 302, "editor": 403}[name]
    assert Snapshot.objects.count() == 0


@pytest.mark.parametrize("name", ["anonymous", "publisher"])
@pytest.mark.parametrize("page", ["change", "add"])
def test_saving_is_refused_for_those_who_may_not(name: str, page: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    before = everything()
    fields = {"slug": "new", "provider_type": "cms", "display_name": "New", "category": "a", "cms_type": "hybrid"}
    address = page_of(sanity()) if page == "change" else f"{PROVIDERS}add/"

    answer = browsers[name].post(address, {**fields, "change_note": "Why not", "expected_revision": "1"})

    assert answer.status_code == {"anonymous": 302, "publisher": 403}[name]
    assert everything() == before


def test_approve_selected_is_refused_for_editors(browsers: Browsers) -> None:
    save("provider", SANITY, approved=False)
    before = everything()

    browsers["editor"].post(PROVIDERS, {"action": "approve_selected", "_selected_action": [sanity().pk]})

    assert everything() == before


@pytest.mark.parametrize("name", ["editor", "publisher", "administrator"])
def test_no_entry_is_deleted_by_anybody(name: str, browsers: Browsers) -> None:
    save("provider", SANITY)
    pk = sanity().pk

    answer = browsers[name].post(page_of(sanity(), "delete"), {"post": "yes"})
    browsers[name].post(PROVIDERS, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})

    assert answer.status_code == 403
    assert sanity().pk == pk


def test_person_is_deactivated_and_never_deleted(browsers: Browsers) -> None:
    editor = User.objects.get(username="editor")

    answer = browsers["administrator"].post(f"/admin/auth/user/{editor.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=editor.pk).exists()


def test_page_offers_only_what_its_reader_may_do(browsers: Browsers) -> None:
    save("provider", SANITY, approved=False)
    button = "Approve revision 1"

    pages = {name: client.get(page_of(sanity(), "review")).content.decode() for name, client in browsers.items()}

    assert {name: button in page for name, page in pages.items()} == {
        "anonymous": False,
        "editor": False,
        "publisher": True,
        "administrator": True,
    }


def test_change_page_leads_to_the_review_page(browsers: Browsers) -> None:
    save("provider", SANITY, approved=False)
    page = browsers["publisher"].get(page_of(sanity())).content.decode()
    # The theme's own address of the action; it ends at the same page.
    action = f"{PROVIDERS}{sanity().pk}/review"

    answer = browsers["publisher"].get(action, follow=True)

    assert action in page
    assert answer.redirect_chain[-1:] in (
        [],
        [(page_of(sanity(), "review"), 302)],
        [(page_of(sanity(), "review"), 301)],
    )
    assert "Approve revision 1" in answer.content.decode()

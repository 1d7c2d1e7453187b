"""What stands above a page: where it is in the menu, in the menu's words, and what it is."""

import re

import pytest
from django.contrib.auth.models import User

from tests.catalog.admin.pages import BUILDERS, PROVIDERS, PUBLISH, SNAPSHOTS, STACKS, Browsers, page_of
from tests.factories import SANITY, publish, sanity, save

pytestmark = pytest.mark.django_db


def above(page: str) -> str:
    """`Catalogue / Providers / Sanity CMS`."""
    crumbs, heading = (
        re.search(pattern, page, re.DOTALL) for pattern in (r'<nav class="rg-crumbs.*?</nav>', r"<h1.*?</h1>")
    )
    assert heading is not None
    text = re.sub(r"<[^>]*>", "", f"{crumbs[0] if crumbs else ''} {heading[0]}")
    return " ".join(text.split()).replace("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}", "/")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/admin/", "Home"),
        (PROVIDERS, "Catalogue / Providers"),
        (f"{PROVIDERS}add/", "Catalogue / Providers / Add provider"),
        (f"{PROVIDERS}columns/", "Catalogue / Providers / Columns of the list of providers"),
        (f"{BUILDERS}add/", "Catalogue / Builders / Add builder"),
        (f"{STACKS}add/", "Catalogue / Stacks / Add stack"),
        ("/admin/catalog/activity/", "Catalogue / Activity"),
        ("/admin/approvals/", "Publishing / Approvals"),
        (PUBLISH, "Publishing / Publish"),
        (SNAPSHOTS, "Publishing / Snapshots"),
        ("/admin/auth/user/add/", "People / Add person"),
        ("/admin/catalog/auditrecord/", "People / Audit log"),
        ("/admin/tokens/", "People / API tokens"),
        ("/admin/password_change/", "Password change"),
    ],
)
def test_page_says_where_it_is_and_what(address: str, words: str, browsers: Browsers) -> None:
    assert above(browsers["administrator"].get(address).content.decode()) == words


def test_pages_of_one_thing_lead_back_to_their_list(browsers: Browsers) -> None:
    save("provider", SANITY)
    snapshot = publish()
    editor = User.objects.get(username="editor")
    addresses = {
        page_of(sanity()): "Catalogue / Providers / Sanity CMS",
        page_of(sanity(), "history"): "Catalogue / Providers / History of Sanity CMS",
        f"{SNAPSHOTS}{snapshot.pk}/change/": "Publishing / Snapshots / Serial 1",
        f"/admin/auth/user/{editor.pk}/change/": "People / editor",
    }

    pages = {address: browsers["administrator"].get(address).content.decode() for address in addresses}

    assert {address: above(page) for address, page in pages.items()} == addresses
    assert f'<a href="{PROVIDERS}">Providers</a>' in pages[page_of(sanity(), "history")]


def test_form_of_a_new_entry_does_not_offer_to_empty_itself(browsers: Browsers) -> None:
    pages = {address: browsers["editor"].get(address).content.decode() for address in (PROVIDERS, f"{PROVIDERS}add/")}

    assert {address: 'class="addlink' in page for address, page in pages.items()} == {
        PROVIDERS: True,
        f"{PROVIDERS}add/": False,
    }

"""The badges of an entry, and that the list's filter agrees with them."""

import re

import pytest
from django.contrib.auth.models import User

from catalog.actions.approvals import approve, reject, withdraw_approval
from catalog.admin.entries.states import State, badges_of, states_of, with_decision
from catalog.models import Provider
from tests.catalog.admin.pages import PROVIDERS, Browsers, page_of
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(browsers: Browsers) -> Browsers:
    """One provider in each state; its slug says which."""
    person = User.objects.get(username="editor")

    def change(slug: str, *, approved: bool) -> Provider:
        save("provider", provider_document(slug, icon="changed"), person, approved=approved)
        return Provider.objects.get(slug=slug)

    for slug in ("live", "behind-draft", "behind-approved", "behind-rejected"):
        save("provider", provider_document(slug))
    publish()
    for slug in ("draft", "rejected", "withdrawn", "approved", "rejected-then-approved", "rejected-then-changed"):
        save("provider", provider_document(slug), person, approved=slug in ("withdrawn", "approved"))
    change("behind-draft", approved=False)
    change("behind-approved", approved=True)
    rejected = [change("behind-rejected", approved=False)]
    rejected += Provider.objects.filter(slug__in=("rejected", "rejected-then-approved", "rejected-then-changed"))
    for entry in rejected:
        assert entry.latest_revision is not None
        reject(entry, number=entry.latest_revision.number, by=person, comment="No")
    withdraw_approval(Provider.objects.get(slug="withdrawn"), by=person)
    approve(Provider.objects.get(slug="rejected-then-approved"), number=1, by=person)
    change("rejected-then-changed", approved=False)
    return browsers


STATES = {
    "live": [State.LIVE],
    "behind-draft": [State.BEHIND, State.DRAFT],
    "behind-approved": [State.BEHIND, State.APPROVED],
    "behind-rejected": [State.BEHIND, State.REJECTED],
    "draft": [State.DRAFT],
    "rejected": [State.REJECTED],
    "withdrawn": [State.DRAFT],
    "approved": [State.APPROVED],
    "rejected-then-approved": [State.APPROVED],
    "rejected-then-changed": [State.DRAFT],
}


def listed(browsers: Browsers, **query: str) -> set[str]:
    return {entry.slug for entry in browsers["editor"].get(PROVIDERS, query).context["cl"].result_list}


def test_badges_filters_and_order_tell_the_same(everything: Browsers) -> None:
    assert {entry.slug: states_of(entry) for entry in Provider.objects.all()} == STATES
    assert {entry.slug: states_of(entry) for entry in with_decision(Provider.objects.all())} == STATES
    for state in State:
        assert listed(everything, state=state) == {slug for slug, states in STATES.items() if state in states}
    assert listed(everything, unpublished="no") == {"live"}
    assert listed(everything, unpublished="yes") == STATES.keys() - {"live"}

    at = list(everything["editor"].get(PROVIDERS).context["cl"].list_display).index("state")
    ordered = [entry.slug for entry in everything["editor"].get(PROVIDERS, {"o": str(at)}).context["cl"].result_list]
    assert ordered[-1] == "live"


@pytest.mark.parametrize(
    ("state", "text"), [("deprecated", "Deprecated"), ("disabled", "Disabled"), ("removed", "Removed")]
)
def test_lifecycle_has_a_badge_of_its_own(state: str, text: str, browsers: Browsers) -> None:
    lifecycle = {"state": state, "since": "2026-01-01", "reason": "Old"}
    save("provider", {**SANITY, "lifecycle": lifecycle})

    assert [badge.text for badge in badges_of(Provider.objects.get())] == ["Approved", text]
    assert listed(browsers, lifecycle_state=state) == listed(browsers, lifecycle_state="all") == {"sanity"}
    assert listed(browsers) == (set() if state == "removed" else {"sanity"})


HEADS = {
    "live": (["Live"], "This is what readers see.", True),
    "behind-draft": (["Behind", "Draft"], "It waits for approval.", True),
    "rejected": (["Rejected"], "It was rejected: change it, and it waits for approval again.", False),
    "approved": (["Approved"], "It is approved and goes live with the next publish.", False),
}


@pytest.mark.parametrize("slug", HEADS)
def test_form_says_where_the_entry_stands_and_what_comes_next(slug: str, everything: Browsers) -> None:
    badges, step, is_live = HEADS[slug]

    page = everything["editor"].get(page_of(Provider.objects.get(slug=slug))).content.decode()
    head = page.partition("rg-head")[2].partition("</form>")[0]

    assert re.findall(r'<span class="rg-badge[^>]+>([^<]+)</span>', head)[: len(badges)] == badges
    assert (step in head, "See it live" in head) == (True, is_live)

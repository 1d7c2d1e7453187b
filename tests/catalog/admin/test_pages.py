"""What an action refuses somebody is kept in the audit, whichever page they asked on; mistakes in typing are not."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from tests.catalog.admin.pages import PROVIDERS, PUBLISH, Browsers, page_of, save_one_of_each, send
from tests.factories import SANITY, sanity, save

pytestmark = pytest.mark.django_db


def refusals() -> list[tuple[str, str, str]]:
    kept = AuditRecord.objects.filter(verb=Verb.REFUSED).order_by("pk")
    return [(record.by.username if record.by else "", record.object_name, record.detail) for record in kept]


def test_refused_removal_is_kept(browsers: Browsers) -> None:
    entry = save_one_of_each()["provider"]
    page = page_of(entry, "lifecycle")

    browsers["editor"].post(page, {"state": "removed", "reason": "Gone", "expected_revision": "1"})

    why = "providers/cms/sanity cannot be removed while it is used: stacks/foundation/marketing."
    assert refusals() == [("editor", page, why)]


def test_refused_approvals_are_kept(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    save("provider", SANITY, User.objects.get(username="publisher"), approved=False)
    review = page_of(sanity(), "review")

    browsers["publisher"].post(review, {"decision": "approve", "number": "1"})
    browsers["publisher"].post("/admin/approvals/", {"decision": "approve", "chosen": "providers/cms/sanity@1"})
    browsers["publisher"].post("/admin/approvals/", {"decision": "approve_many", "chosen": "providers/cms/sanity@1"})

    assert [(name, page) for name, page, _ in refusals()] == [
        ("publisher", review),
        ("publisher", "/admin/approvals/"),
        ("publisher", "/admin/approvals/"),
    ]
    assert all("somebody else must approve it" in why for _, _, why in refusals())


def test_refused_publish_is_kept(browsers: Browsers) -> None:
    save("provider", SANITY)

    browsers["publisher"].post(PUBLISH, {"plan": "another"})

    assert [(name, page) for name, page, _ in refusals()] == [("publisher", PUBLISH)]


def test_mistakes_in_typing_are_not_kept(browsers: Browsers) -> None:
    page = page_of(save_one_of_each()["provider"], "lifecycle")

    browsers["editor"].post(page, {"state": "deprecated", "since": "yesterday", "expected_revision": "1"})
    send(browsers["editor"], page_of(sanity()), display_name="", change_note="x")
    send(browsers["editor"], f"{PROVIDERS}add/", slug="sanity", change_note="x")

    assert refusals() == []

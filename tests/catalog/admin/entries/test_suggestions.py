"""Suggestions: what has been typed before, bounded, and only to who may look."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.catalog.admin.pages import Browsers, count_queries
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db


def suggestions(client: Client, name: str, typed: str = "") -> list[tuple[str, str]]:
    found = client.get(f"/admin/suggestions/{name}/", {"q": typed}).json()["suggestions"]
    return [(each["value"], each["label"]) for each in found]


@pytest.fixture
def catalogue(browsers: Browsers) -> Browsers:
    save("provider", SANITY)
    save("provider", provider_document("decap", key_features=["webhook_automation", "git_workflow"], icon="decap"))
    save("builder", builder_document("hugo", key_features=["fast_builds", "webhook_automation"]))
    save("stack", stack_document(key_features=["webhook_automation"], hosting_pattern="edge"))
    return browsers


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("key_features", "webhook", ["webhook_automation"]),
        ("key_features", "Git-Work", ["git_workflow"]),
        ("key_features", "tion", ["webhook_automation", "content_validation"]),
        ("key_features", "ä", []),
        ("ssg_engine_options", "ne", ["nextjs"]),
        ("key_benefits", "", []),
        ("category", "", ["cms_tier_service"]),
        ("hosting_pattern", "", ["aws_optimized", "edge"]),
        ("icon", "DEC", ["decap"]),
        ("icon", "%", []),
        ("backend", "hugo", ["hugo@1"]),
        ("providers", "sanity c", ["providers/cms/sanity"]),
        ("builders", "", ["builders/hugo"]),
        ("entries", "cms/", ["providers/cms/decap", "providers/cms/sanity"]),
        ("entries", "\0marketing", ["stacks/foundation/marketing"]),
        ("entries", "x" * 60_000, []),
    ],
    ids=range(16),
)  # fmt: skip
def test_suggestions_are_what_holds_the_typed_text(
    name: str, typed: str, found: list[str], catalogue: Browsers
) -> None:
    assert sorted(value for value, _ in suggestions(catalogue["editor"], name, typed)) == sorted(found)


def test_the_most_used_word_comes_first_and_keys_have_names(catalogue: Browsers) -> None:
    assert suggestions(catalogue["editor"], "key_features")[0] == ("webhook_automation", "")
    assert suggestions(catalogue["editor"], "category") == [("cms_tier_service", "cms tier service")]
    assert suggestions(catalogue["editor"], "providers", "san") == [("providers/cms/sanity", "Sanity CMS")]


def test_removed_entries_are_not_suggested(catalogue: Browsers) -> None:
    gone = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    save("provider", {**SANITY, "lifecycle": gone}, User.objects.get(username="editor"), approved=False)

    assert suggestions(catalogue["editor"], "providers", "sanity") == []


def test_unknown_name_is_not_found_and_nobody_else_may_ask(catalogue: Browsers) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger", is_staff=True))

    assert catalogue["editor"].get("/admin/suggestions/password/").status_code == 404
    assert stranger.get("/admin/suggestions/icon/").status_code == 403
    assert catalogue["anonymous"].get("/admin/suggestions/icon/").status_code == 302


def test_suggestions_cost_the_same_for_more_rows(browsers: Browsers) -> None:
    def queries() -> int:
        addresses = [f"/admin/suggestions/{name}/" for name in ("key_features", "icon", "entries")]
        return sum(count_queries(browsers["editor"], address, {"q": "a"}) for address in addresses)

    save("provider", SANITY)
    for_one = queries()
    for slug in ("b", "c", "d"):
        save("provider", provider_document(slug, key_features=["a", slug], icon=slug))

    assert queries() == for_one

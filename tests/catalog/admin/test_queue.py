"""The approval queue: what waits, what differs, filters, and who sees it."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from pytest_django import Settings

from catalog.models import Approval, Builder, Provider, Stack
from tests.catalog.admin.pages import Browsers, count_queries, differing, sentences
from tests.catalog.admin.queues import QUEUE, decide, draft, shown
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
TOKEN = "providers/cms/sanity@1"


@pytest.fixture
def editor(browsers: Browsers) -> User:
    """The demo person, instead of the one of the same name that other tests make."""
    return User.objects.get(username="editor")


def test_queue_shows_what_waits_with_who_why_and_what_differs(browsers: Browsers, editor: User) -> None:
    save("provider", SANITY)
    save("builder", builder_document())
    publish()
    save("provider", {**SANITY, "display_name": "Approved"})
    draft({**SANITY, "display_name": "Newest"}, editor)
    draft(stack_document(), editor, "stack")

    answer = browsers["publisher"].get(QUEUE)

    first, second = (card.item for card in answer.context["cards"])
    assert (first.token, first.entry.display_name) == ("providers/cms/sanity@3", "Newest")
    assert differing(first.comparisons.from_live) == [("/display_name", "Sanity CMS", "Newest")]
    assert differing(first.comparisons.from_approved) == [("/display_name", "Approved", "Newest")]
    assert (second.token, second.comparisons.from_approved, second.comparisons.live_number) == (
        "stacks/foundation/marketing@1",
        None,
        None,
    )
    page = sentences(answer)
    assert ("“Because”" in page, "by editor," in page) == (True, True)
    assert re.search(r"Approvals</span>\s*<span[^>]*>\s*2\s*<", page)


def test_filters_narrow_by_kind_type_and_person(browsers: Browsers, editor: User) -> None:
    other = User.objects.get(username="administrator")
    draft(SANITY, editor)
    draft(provider_document("hugo", provider_type="ssg", cms_type=None, implementation_language="go"), other)
    draft(builder_document(), editor, "builder")
    draft(stack_document(), other, "stack")
    cms, ssg, builder, stack = (
        TOKEN,
        "providers/ssg/hugo@1",
        "builders/hugo@1",
        "stacks/foundation/marketing@1",
    )
    queries = {
        "": [cms, ssg, builder, stack],
        "?what=provider": [cms, ssg],
        "?what=provider:ssg": [ssg],
        "?what=builder:static_site": [builder],
        "?what=stack": [stack],
        "?person=editor": [cms, builder],
        "?person=editor&what=builder": [builder],
        "?person=nobody": [],
        "?what=nothing:at:all&page=x": [cms, ssg, builder, stack],
        "?person=%00&what=%00&show=%00&page=%00": [cms, ssg, builder, stack],
        "?page=-1": [cms, ssg, builder, stack],
        "?show=rejected": [],
    }

    found = {query: shown(browsers["publisher"], query) for query in queries}

    assert found == queries


def test_queue_has_pages(browsers: Browsers, editor: User) -> None:
    for number in range(21):
        draft(provider_document(f"cms-{number:02}"), editor)

    first, second = shown(browsers["publisher"]), shown(browsers["publisher"], "?page=2&person=editor")

    assert (len(first), second) == (20, ["providers/cms/cms-20@1"])
    page = browsers["publisher"].get(f"{QUEUE}?person=editor").content.decode()
    assert re.search(r'rel="next" href="[^"]*person=editor[^"]*page=2"', page)
    assert "Page 1 of 2 (1 to 20 of 21)" in page


@pytest.mark.parametrize("name", ["publisher", "editor"])
def test_queue_takes_as_many_queries_for_three_as_for_one(name: str, browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    person = User.objects.get(username="editor")
    counts = []
    for slug in ("one", "two", "three"):
        save("provider", provider_document(slug))
        publish()
        save("provider", provider_document(slug, icon="a"))
        draft(provider_document(slug, icon="b"), person)
        counts.append(count_queries(browsers[name], QUEUE))

    assert counts[0] == counts[2]
    assert counts[0] < 20


@pytest.mark.parametrize(("name", "seen", "decided"), [("anonymous", 302, 302), ("editor", 200, 403)])
@pytest.mark.parametrize("decision", ["approve", "reject", "approve_many"])
def test_others_may_look_but_not_decide(
    name: str, seen: int, decided: int, decision: str, browsers: Browsers, editor: User
) -> None:
    draft(SANITY, editor)

    page = browsers[name].get(QUEUE)
    answer = decide(browsers[name], decision, TOKEN, comment="No", follow=False)

    assert (page.status_code, answer.status_code) == (seen, decided)
    assert 'name="decision"' not in page.content.decode()
    assert Approval.objects.count() == 0


def test_kinds_that_the_person_may_not_see_are_left_out_and_refused(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)
    draft(builder_document(), editor, "builder")
    approver = User.objects.get(username="publisher")
    approver.groups.clear()
    assert browsers["publisher"].get(QUEUE).status_code == 403
    for codename in ("view_revision", "approve_revision", "view_builder"):
        approver.user_permissions.add(Permission.objects.get(codename=codename))

    tokens = shown(browsers["publisher"])
    answer = decide(browsers["publisher"], "approve", TOKEN)

    assert (tokens, answer.status_code) == (["builders/hugo@1"], 403)
    assert Approval.objects.count() == 0


def test_queue_escapes_what_people_wrote(browsers: Browsers, editor: User) -> None:
    hostile = {**SANITY, "display_name": ATTACK, "description": ATTACK, "tier_name": ATTACK}
    save("provider", SANITY)
    publish()
    draft(hostile, editor)

    page = browsers["publisher"].get(QUEUE).content.decode()

    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_removed_entry_waits_like_any_other(browsers: Browsers, editor: User) -> None:
    save("provider", SANITY)
    publish()
    gone = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    draft({**SANITY, "lifecycle": gone}, editor)

    assert shown(browsers["publisher"]) == ["providers/cms/sanity@2"]
    assert [model.objects.count() for model in (Provider, Builder, Stack)] == [1, 0, 0]

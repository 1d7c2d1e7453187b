"""What the publish page warns of: removals, newer drafts, and what fades while it is used."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.admin.publishing.publish import SHOWN_WARNINGS
from catalog.admin.publishing.warnings import plan_warnings
from catalog.models import find_entry
from catalog.publishing.candidate import collect_changes
from catalog.usage import Use, forget_users, register_users
from tests.catalog.admin.pages import PUBLISH, Browsers, page_of, sentences
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db


def lifecycle(state: str) -> dict[str, str]:
    return {"state": state, "since": "2026-01-01", "reason": "Old"}


def stack(slug: str, **members: Any) -> dict[str, Any]:
    return stack_document(slug, providers={"cms": ["sanity"]}, builder="hugo", **members)


@pytest.fixture(autouse=True)
def _live(db: None) -> None:
    """A provider and a builder that two stacks use, and a provider that nobody uses."""
    save("provider", SANITY)
    save("provider", provider_document("tina"))
    save("builder", builder_document())
    save("stack", stack("one"))
    save("stack", stack("two"))
    publish()


def test_nothing_is_said_about_a_plain_plan() -> None:
    save("provider", {**SANITY, "icon": "a"})
    save("provider", provider_document("decap"))
    save("provider", provider_document("tina", lifecycle=lifecycle("deprecated")))

    assert plan_warnings(collect_changes()) == {}


def test_removal_of_what_is_live_is_told() -> None:
    save("provider", provider_document("tina", lifecycle=lifecycle("removed")))

    assert plan_warnings(collect_changes()) == {
        "providers/cms/tina": ["It is live, and goes away: readers who ask for it get nothing."]
    }


def test_newer_draft_is_told(editor: User) -> None:
    save("provider", provider_document("tina", icon="a"))
    save("provider", provider_document("tina", icon="b"), editor, approved=False)
    save("provider", {**SANITY, "icon": "draft-only"}, editor, approved=False)

    assert plan_warnings(collect_changes()) == {
        "providers/cms/tina": ["Revision 3 is newer, but not approved: revision 2 is published."]
    }


def test_what_fades_names_the_stacks_and_services_that_use_it_as_they_are_published(editor: User) -> None:
    def find(key: str) -> list[Use]:
        return [Use("service", "my shop", "/")] if key == "builders/hugo" else []

    save("provider", {**SANITY, "lifecycle": lifecycle("deprecated")})
    save("builder", builder_document(lifecycle=lifecycle("disabled")))
    save("stack", stack_document("one", icon="uses-nothing-now"))
    save("stack", stack_document("two"), editor, approved=False)
    register_users(find)
    try:
        warnings = plan_warnings(collect_changes())
    finally:
        forget_users(find)

    assert warnings == {
        "builders/hugo": ["It is disabled, and used by the stack Two, the service my shop."],
        "providers/cms/sanity": ["It is deprecated, and used by the stack Two."],
    }


def test_stack_that_begins_to_use_what_faded_before_is_told() -> None:
    save("provider", {**SANITY, "lifecycle": lifecycle("deprecated")})
    publish()
    save("stack", stack("three"))

    assert plan_warnings(collect_changes()) == {"stacks/foundation/three": ["It uses what is deprecated: Sanity CMS."]}


def test_page_tells_warnings_by_name_before_the_plan_and_points_to_them_at_their_change(browsers: Browsers) -> None:
    save("provider", provider_document("tina", lifecycle=lifecycle("removed")))
    save("provider", {**SANITY, "lifecycle": lifecycle("deprecated")})
    save("provider", provider_document("decap"))

    page = " ".join(sentences(browsers["publisher"].get(PUBLISH)).split())

    rest = page.partition('id="warnings">Before you publish</h2>')[2]
    summary, _, plan = rest.partition("</section>")
    gone = "It is live, and goes away: readers who ask for it get nothing."
    fading = "It is deprecated, and used by the stack One, the stack Two."
    assert [part.split("</li>")[0] for part in summary.split("<li>")[1:]] == [
        f"<strong>{link_to('providers/cms/sanity', 'Sanity CMS')}</strong>: {fading}",
        f"<strong>{link_to('providers/cms/tina', 'Tina')}</strong>: {gone}",
    ]
    cards = {card.split("</a></h3>")[0].rpartition(">")[2]: card for card in plan.split("<article")[1:]}
    assert {name: 'href="#warnings">Warning, see above<' in card for name, card in cards.items()} == {
        "Decap": False,
        "Sanity CMS": True,
        "Tina": True,
    }
    assert (plan.count(gone), plan.count(fading)) == (0, 0)


def test_more_warnings_than_fit_are_counted_on_the_page(browsers: Browsers) -> None:
    for number in range(SHOWN_WARNINGS + 2):
        save("provider", provider_document(f"cms-{number}"))
    publish()
    for number in range(SHOWN_WARNINGS + 2):
        save("provider", provider_document(f"cms-{number}", lifecycle=lifecycle("removed")))

    page = browsers["publisher"].get(PUBLISH).content.decode()

    summary, _, plan = page.partition('id="warnings"')[2].partition("</section>")
    assert (summary.count("<li>"), "and 2 more." in summary) == (SHOWN_WARNINGS, True)
    told = plan.count('<span class="rg-badge rg-badge--warn">Warning</span> <bdi>It is live, and goes away')
    assert (told, plan.count("Warning, see above")) == (2, SHOWN_WARNINGS)


def link_to(key: str, name: str) -> str:
    entry = find_entry(key)
    assert entry is not None
    return f'<a class="rg-link" href="{page_of(entry)}">{name}</a>'

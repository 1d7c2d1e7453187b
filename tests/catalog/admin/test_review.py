"""The review page: what differs, and the decisions."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.admin.approvals.review import Rights
from catalog.models import Approval, TypeLimit
from tests.catalog.admin.pages import SEE_THE_PLAN, Browsers, differing, messages, page_of, sentences
from tests.factories import SANITY, publish, sanity, save

pytestmark = pytest.mark.django_db


def rename(name: str) -> None:
    save("provider", {**SANITY, "display_name": name}, User.objects.get(username="editor"), approved=False)


def test_review_shows_what_differs_from_what_is_live(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    rename("Sanity Studio")

    context = browsers["publisher"].get(page_of(sanity(), "review")).context

    assert differing(context["comparisons"].from_live) == [("/display_name", "Sanity CMS", "Sanity Studio")]
    assert context["comparisons"].from_approved is None
    assert (context["rights"].may_approve, context["rights"].may_withdraw) == (True, False)


def test_review_shows_what_differs_from_what_was_approved_since(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, "display_name": "Approved"})
    save("provider", {**SANITY, "display_name": "Newest"}, User.objects.get(username="editor"), approved=False)

    comparisons = browsers["publisher"].get(page_of(sanity(), "review")).context["comparisons"]

    assert differing(comparisons.from_live) == [("/display_name", "Sanity CMS", "Newest")]
    assert differing(comparisons.from_approved) == [("/display_name", "Approved", "Newest")]
    assert (comparisons.live_number, comparisons.approved_number) == (1, 2)


def test_approving_on_the_page_approves_what_was_looked_at(browsers: Browsers) -> None:
    rename("New")

    answer = browsers["publisher"].post(
        page_of(sanity(), "review"), {"decision": "approve", "number": "1", "comment": "Fine"}, follow=True
    )

    assert messages(answer) == [f"New is approved and goes live with the next publish. {SEE_THE_PLAN}"]
    approval = Approval.objects.get()
    assert (approval.decision, approval.comment, approval.decided_by) == (
        "approved",
        "Fine",
        User.objects.get(username="publisher"),
    )
    assert sanity().is_approved


@pytest.mark.parametrize("number", ["1", "", "0", "-1", "x", "9" * 5000, "²", "\0"])
def test_approving_anything_but_the_newest_is_a_message(number: str, browsers: Browsers) -> None:
    rename("One")
    rename("Two")

    answer = browsers["publisher"].post(page_of(sanity(), "review"), {"number": number}, follow=True)

    assert answer.context["error"].startswith("It has changed since you looked at it: revision 2 is the newest now")
    assert Approval.objects.count() == 0


@pytest.mark.parametrize(
    ("comment", "kept"), [("a\0b", ["a b"]), ("<b>\n", ["<b>"]), ("x" * 501, []), ("x" * 1_000_000, [])]
)
def test_comment_is_kept_in_one_line_or_refused(comment: str, kept: list[str], browsers: Browsers) -> None:
    rename("New")

    answer = browsers["publisher"].post(page_of(sanity(), "review"), {"number": "1", "comment": comment}, follow=True)

    assert answer.status_code == 200
    assert [approval.comment for approval in Approval.objects.all()] == kept


def test_withdrawing_on_the_page_takes_the_approval_back(browsers: Browsers) -> None:
    save("provider", SANITY)
    assert browsers["publisher"].get(page_of(sanity(), "review")).context["rights"].may_withdraw

    answer = browsers["publisher"].post(page_of(sanity(), "review"), {"decision": "withdraw"}, follow=True)

    assert messages(answer) == ["The approval of Sanity CMS is withdrawn."]
    assert sanity().approved_revision is None


def test_approved_revision_leads_to_the_plan_for_who_may_publish(browsers: Browsers) -> None:
    save("provider", SANITY)

    pages = {name: browsers[name].get(page_of(sanity(), "review")).content.decode() for name in ("publisher", "editor")}

    assert {name: "See the plan and publish</a>" in page for name, page in pages.items()} == {
        "publisher": True,
        "editor": False,
    }


def test_rejected_revision_leads_to_the_form_for_who_may_change_it(browsers: Browsers) -> None:
    rename("New")
    browsers["publisher"].post(page_of(sanity(), "review"), {"decision": "reject", "number": "1", "comment": "No"})

    link = f'href="{page_of(sanity())}">Change the entry</a>'
    pages = {name: browsers[name].get(page_of(sanity(), "review")).content.decode() for name in ("publisher", "editor")}

    assert {name: link in page for name, page in pages.items()} == {"publisher": False, "editor": True}


def test_own_work_is_refused_with_a_message_under_four_eyes(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    administrator = User.objects.get(username="administrator")
    save("provider", SANITY, administrator, approved=False)

    page = browsers["administrator"].get(page_of(sanity(), "review"))
    answer = browsers["administrator"].post(page_of(sanity(), "review"), {"number": "1", "comment": "My own"})

    assert (page.context["rights"].may_approve, page.context["rights"].may_reject) == (False, True)
    assert "Two people must look at every change here" in page.content.decode()
    assert 'value="approve"' not in page.content.decode()
    assert answer.context["error"] == (
        "You are an author of what waits for approval in providers/cms/sanity; somebody else must approve it."
    )
    assert 'value="My own"' in answer.content.decode()
    assert not sanity().is_approved


def test_rejecting_on_the_page_tells_the_editor_until_the_next_save(browsers: Browsers) -> None:
    rename("New")
    page = page_of(sanity(), "review")

    answer = browsers["publisher"].post(
        page, {"decision": "reject", "number": "1", "comment": "Too <b>dear"}, follow=True
    )

    assert messages(answer) == ["New is rejected; its author sees your comment here."]
    seen = sentences(browsers["editor"].get(page))
    assert "Rejected</strong> by publisher" in seen
    assert "Too &lt;b&gt;dear" in seen
    rename("New")
    assert "Rejected</strong> by publisher" in sentences(browsers["editor"].get(page))
    rename("Newer")
    assert "Rejected</strong> by publisher" not in sentences(browsers["editor"].get(page))
    assert [decision.decision for decision in browsers["editor"].get(page).context["decisions"]] == ["rejected"]


@pytest.mark.parametrize("comment", ["", " \n\0", "x" * 501])
def test_rejecting_without_a_fitting_comment_is_told_at_the_field(comment: str, browsers: Browsers) -> None:
    rename("New")

    answer = browsers["publisher"].post(
        page_of(sanity(), "review"), {"decision": "reject", "number": "1", "comment": comment}
    )

    assert answer.context["error"].startswith("The comment has 501" if comment.strip(" \n\0") else "Say in the comment")
    assert answer.context["comment"] == comment
    assert Approval.objects.count() == 0


def test_limited_approver_sees_no_button_for_other_types(browsers: Browsers) -> None:
    TypeLimit.objects.create(person=User.objects.get(username="publisher"), provider_type="ssg")
    rename("New")

    page = browsers["publisher"].get(page_of(sanity(), "review"))
    answer = browsers["publisher"].post(page_of(sanity(), "review"), {"number": "1"})

    assert page.context["rights"] == Rights(hindrance="You decide about providers of other types only.")
    assert 'name="decision"' not in page.content.decode()
    assert "You may only change" in answer.context["error"]
    assert not sanity().is_approved

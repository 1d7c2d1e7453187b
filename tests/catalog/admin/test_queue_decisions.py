"""Decisions in the approval queue: one or several, bound to the revisions that were shown, nothing typed lost."""

import re

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.models import Approval, TypeLimit
from tests.cases import spread
from tests.catalog.admin.pages import SEE_THE_PLAN, Browsers, messages
from tests.catalog.admin.queues import QUEUE, decide, draft, shown
from tests.factories import SANITY, builder_document, provider_document, sanity

pytestmark = pytest.mark.django_db
ATTACK = "\"'><script>alert(1)</script>"
TOKEN = "providers/cms/sanity@1"


@pytest.fixture
def editor(browsers: Browsers) -> User:
    """The demo person, instead of the one of the same name that other tests make."""
    return User.objects.get(username="editor")


def test_approving_in_the_queue_approves_and_keeps_the_filter(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)

    answer = browsers["publisher"].post(
        f"{QUEUE}?what=provider", {"decision": "approve", "chosen": TOKEN, "comment": "Fine"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{QUEUE}?what=provider")
    assert messages(browsers["publisher"].get(QUEUE)) == [
        f"Sanity CMS is approved and goes live with the next publish. {SEE_THE_PLAN}"
    ]
    assert (sanity().is_approved, Approval.objects.get().comment) == (True, "Fine")
    assert shown(browsers["publisher"]) == []


def test_rejecting_takes_out_of_the_queue_until_the_next_change(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)

    answer = decide(browsers["publisher"], "reject", TOKEN, comment=ATTACK)

    assert messages(answer) == ["Sanity CMS is rejected; its author sees your comment on the Review page."]
    assert shown(browsers["publisher"]) == []
    rejected = browsers["editor"].get(f"{QUEUE}?show=rejected")
    assert [card.item.token for card in rejected.context["cards"]] == [TOKEN]
    assert "&lt;script&gt;alert(1)" in rejected.content.decode()
    assert ATTACK not in rejected.content.decode()
    draft(SANITY, editor)
    assert shown(browsers["publisher"]) == []
    draft({**SANITY, "display_name": "Better"}, editor)
    assert shown(browsers["publisher"]) == ["providers/cms/sanity@2"]
    assert shown(browsers["publisher"], "?show=rejected") == []


def test_rejected_can_be_approved_after_all(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)
    decide(browsers["publisher"], "reject", TOKEN, comment="No")

    (card,) = browsers["publisher"].get(f"{QUEUE}?show=rejected").context["cards"]
    decide(browsers["publisher"], "approve", TOKEN)

    assert (card.item.may_approve, card.item.may_reject) == (True, False)
    assert sanity().is_approved


@pytest.mark.parametrize("comment", ["", "  ", "x" * 501, "x" * 1_000_000])
def test_rejecting_without_a_fitting_comment_is_told_at_the_field(
    comment: str, browsers: Browsers, editor: User
) -> None:
    draft(SANITY, editor)

    answer = decide(browsers["publisher"], "reject", TOKEN, comment=comment)

    (card,) = answer.context["cards"]
    assert (answer.status_code, card.comment) == (200, comment)
    assert card.error.startswith("The comment has" if comment.strip() else "Say in the comment why")
    assert 'aria-invalid="true"' in answer.content.decode()
    assert Approval.objects.count() == 0


def test_changed_draft_is_never_decided_unseen(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)
    draft({**SANITY, "display_name": "Meanwhile"}, editor)

    answers = [decide(browsers["publisher"], decision, TOKEN, comment="Mine") for decision in ("approve", "reject")]

    for answer in answers:
        (card,) = answer.context["cards"]
        assert card.error == (
            "It has changed since you looked at it: revision 2 is the newest now, you saw revision 1. "
            "Nothing was decided; look at the new one."
        )
        assert (card.item.token, card.comment) == ("providers/cms/sanity@2", "Mine")
    assert Approval.objects.count() == 0


def test_second_press_of_the_same_button_is_told_above_the_list(browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)
    decide(browsers["publisher"], "approve", TOKEN)

    answer = decide(browsers["administrator"], "approve", TOKEN, comment=ATTACK)

    assert answer.context["elsewhere"] == {
        "providers/cms/sanity": "Revision 1 of providers/cms/sanity is approved already."
    }
    page = answer.content.decode()
    assert ("is approved already" in page, "Your comment was" in page, ATTACK in page) == (True, True, False)
    assert Approval.objects.count() == 1


def test_ticked_entries_are_approved_together(browsers: Browsers, editor: User) -> None:
    tokens = [f"{draft(provider_document(slug), editor)}@1" for slug in ("decap", "tina", "left-out")]

    answer = decide(browsers["publisher"], "approve_many", *tokens[:2], comment="Both")

    assert messages(answer) == [f"2 entries are approved and go live with the next publish. {SEE_THE_PLAN}"]
    assert [approval.comment for approval in Approval.objects.all()] == ["Both", "Both"]
    assert shown(browsers["publisher"]) == ["providers/cms/left-out@1"]


def test_ticked_entries_are_approved_or_none_and_ticks_stay(browsers: Browsers, editor: User) -> None:
    tokens = [f"{draft(provider_document(slug), editor)}@1" for slug in ("decap", "tina")]
    draft(provider_document("tina", display_name="Meanwhile"), editor)

    answer = decide(browsers["publisher"], "approve_many", *tokens, comment="Both")

    assert answer.context["attempt"].message == "Nothing was approved, because 1 of 2 cannot be:"
    assert [(card.item.token, card.is_ticked, card.error[:14]) for card in answer.context["cards"]] == [
        ("providers/cms/decap@1", True, ""),
        ("providers/cms/tina@2", False, "It has changed"),
    ]
    page = answer.content.decode()
    assert "<strong>providers/cms/tina</strong>: It has changed" in page
    assert 'name="comment" autocomplete="off" value="Both"' in page
    assert Approval.objects.count() == 0


HOSTILE = [
    [],
    ["providers/cms/sanity"],
    ["providers/cms/sanity@"],
    ["providers/cms/sanity@x"],
    ["providers/cms/sanity@" + "9" * 5000],
    ["providers/cms/sanity@-1"],
    ["providers/cms/\0@1"],
    ["people/cms/sanity@1"],
    ["@1"],
    [ATTACK],
    ["providers/cms/gone@1"],
    ["providers/cms/sanity@2"],
    [TOKEN, "nothing"],
]


@pytest.mark.parametrize("decision", spread(["approve", "reject", "approve_many", "", ATTACK], fast=2))
def test_hostile_decision_is_a_message(decision: str, browsers: Browsers, editor: User) -> None:
    draft(SANITY, editor)

    answers = [decide(browsers["administrator"], decision, *tokens, comment="No") for tokens in HOSTILE]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.context["attempt"].message or answer.context["attempt"].refusals
        assert ATTACK not in answer.content.decode()
    assert Approval.objects.count() == 0


def test_four_eyes_are_explained_and_the_button_is_not_offered(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    draft(SANITY, User.objects.get(username="publisher"))

    page = browsers["publisher"].get(QUEUE)
    answer = decide(browsers["publisher"], "approve", TOKEN)
    other = browsers["administrator"].get(QUEUE)

    (card,), (others,) = page.context["cards"], other.context["cards"]
    assert (card.item.may_approve, card.item.may_reject, others.item.may_approve) == (False, True, True)
    assert "Two people must look at every change here" in page.content.decode()
    assert 'value="approve"' not in page.content.decode()
    assert "somebody else must approve it" in answer.content.decode()
    assert not sanity().is_approved


def test_limited_approver_sees_buttons_and_a_badge_for_own_types_only(browsers: Browsers, editor: User) -> None:
    TypeLimit.objects.create(person=User.objects.get(username="publisher"), provider_type="ssg")
    draft(SANITY, editor)
    draft(builder_document(), editor, "builder")
    draft(provider_document("hugo", provider_type="ssg", cms_type=None, implementation_language="go"), editor)

    page = browsers["publisher"].get(QUEUE)

    assert [(card.item.token, card.item.may_approve, card.item.may_reject) for card in page.context["cards"]] == [
        (TOKEN, False, False),
        ("builders/hugo@1", False, False),
        ("providers/ssg/hugo@1", True, True),
    ]
    assert re.search(r"Approvals</span>\s*<span[^>]*>\s*1\s*<", page.content.decode())
    for decision in ("approve", "reject", "approve_many"):
        assert "You may only change" in decide(browsers["publisher"], decision, TOKEN, comment="a").content.decode()
    assert Approval.objects.count() == 0

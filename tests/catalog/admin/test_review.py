"""The review page and `approve_selected`: what differs, and the two decisions."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from catalog.models import Approval, Provider
from tests.catalog.admin.pages import PROVIDERS, Browsers, differing, messages, page_of
from tests.factories import SANITY, provider_document, publish, sanity, save

pytestmark = pytest.mark.django_db


def rename(name: str) -> None:
    save("provider", {**SANITY, "display_name": name}, User.objects.get(username="editor"), approved=False)


def test_review_shows_what_differs_from_what_is_live(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    rename("Sanity Studio")

    context = browsers["publisher"].get(page_of(sanity(), "review")).context

    assert differing(context["differences"]) == [("/display_name", "Sanity CMS", "Sanity Studio")]
    assert (context["may_approve"], context["may_withdraw"]) == (True, False)


def test_approving_on_the_page_approves_what_was_looked_at(browsers: Browsers) -> None:
    rename("New")

    answer = browsers["publisher"].post(
        page_of(sanity(), "review"), {"decision": "approve", "number": "1", "comment": "Fine"}, follow=True
    )

    assert messages(answer) == ["New is approved and goes live with the next publish."]
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

    assert [message.partition(":")[0] for message in messages(answer)] == [
        "Somebody else has saved providers/cms/sanity meanwhile"
    ]
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
    assert browsers["publisher"].get(page_of(sanity(), "review")).context["may_withdraw"]

    answer = browsers["publisher"].post(page_of(sanity(), "review"), {"decision": "withdraw"}, follow=True)

    assert messages(answer) == ["The approval of Sanity CMS is withdrawn."]
    assert sanity().approved_revision is None


def test_own_work_is_refused_with_a_message_under_four_eyes(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    administrator = User.objects.get(username="administrator")
    save("provider", SANITY, administrator, approved=False)

    answer = browsers["administrator"].post(page_of(sanity(), "review"), {"number": "1"}, follow=True)

    assert messages(answer) == [
        "You are an author of what waits for approval in providers/cms/sanity; somebody else must approve it."
    ]
    assert not sanity().is_approved


def test_approve_selected_approves_those_that_wait(browsers: Browsers) -> None:
    editor = User.objects.get(username="editor")
    save("provider", SANITY)
    for slug in ("decap", "tina", "left-out"):
        save("provider", provider_document(slug), editor, approved=False)
    chosen = Provider.objects.exclude(slug="left-out").values_list("pk", flat=True)

    answer = browsers["publisher"].post(
        PROVIDERS, {"action": "approve_selected", "_selected_action": list(chosen)}, follow=True
    )

    assert messages(answer) == ["2 approved; the rest was approved already."]
    assert {entry.slug: entry.is_approved for entry in Provider.objects.all()} == {
        "sanity": True,
        "decap": True,
        "tina": True,
        "left-out": False,
    }
    assert Approval.objects.count() == 3


def test_approve_selected_approves_all_or_none(browsers: Browsers, settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    save("provider", provider_document("decap"), User.objects.get(username="editor"), approved=False)
    save("provider", provider_document("tina"), User.objects.get(username="publisher"), approved=False)
    chosen = list(Provider.objects.values_list("pk", flat=True))

    answer = browsers["publisher"].post(
        PROVIDERS, {"action": "approve_selected", "_selected_action": chosen}, follow=True
    )

    (message,) = messages(answer)
    assert message == (
        "None was approved. You are an author of what waits for approval in providers/cms/tina; "
        "somebody else must approve it."
    )
    assert Approval.objects.count() == 0

"""What becomes of a push whose signature is right: deployed once, or ignored with the reason."""

from typing import Any

import pytest
from django.utils import timezone

from deployments.actions.requests import set_pinned
from deployments.models import Deployment, Hook, HookDelivery, Service
from tests.catalog.api.write.programs import refusal
from tests.deployments.hooks import SHA, ZERO, Sender, github_push, gitlab_push, make_sender, outcome
from tests.deployments.services import make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Sender:
    return make_sender(make_service(), "github", "main", "release/*")


def kept() -> tuple[str, str, str, str]:
    delivery = HookDelivery.objects.get()
    return delivery.branch, delivery.commit, delivery.outcome, delivery.reason


def test_push_is_kept_with_branch_commit_and_deployment(sender: Sender) -> None:
    sender.github()

    delivery = HookDelivery.objects.get()
    assert kept() == ("main", SHA, "deployed", "")
    assert delivery.deployment == Deployment.objects.get()
    assert (delivery.deployment.dedupe, delivery.deployment.requested_by) == (f"hook:{sender.hook.pk}:d-1", None)
    assert Hook.objects.get().last_used_at is not None


def test_same_delivery_again_is_the_same_deployment(sender: Sender) -> None:
    first, again = sender.github(), sender.github()

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert Deployment.objects.count() == HookDelivery.objects.count() == 1


def test_next_push_replaces_the_one_that_waits(sender: Sender) -> None:
    sender.github()
    sender.github(github_push(after="b" * 40), delivery="d-2")

    assert list(Deployment.objects.order_by("number").values_list("state", flat=True)) == ["superseded", "queued"]


def test_delivery_of_another_hook_is_another(sender: Sender) -> None:
    other = make_sender(sender.hook.service)

    assert sender.github().json()["deploymentId"] != other.github().json()["deploymentId"]


@pytest.mark.parametrize(
    ("branch", "is_deployed"),
    [("main", True), ("release/2.0", True), ("release/2/x", True), ("Main", False), ("main2", False), ("dev", False)],
)
def test_branches_are_chosen_by_patterns(branch: str, is_deployed: bool, sender: Sender) -> None:
    sender.github(github_push(branch))

    reason = "" if is_deployed else "Only pushes to main, release/* are deployed."
    assert kept() == (branch, SHA, "deployed" if is_deployed else "ignored", reason)
    assert Deployment.objects.exists() == is_deployed


def test_without_patterns_every_branch_is_deployed() -> None:
    assert make_sender(make_service()).github(github_push("anything/at-all")).json()["outcome"] == "deployed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deleted": True, "after": ZERO}, "The branch was deleted."),
        ({"after": ZERO}, "The branch was deleted."),
        ({"ref": "refs/tags/v1"}, "A tag was pushed, v1: only branches are deployed."),
        ({"ref": "refs/notes/commits"}, "What was pushed is no branch."),
    ],
)
def test_what_is_no_branch_any_more_is_ignored_with_the_reason(
    changes: dict[str, Any], reason: str, sender: Sender
) -> None:
    assert outcome(sender.github(github_push(**changes))) == (202, "ignored", reason)
    assert not Deployment.objects.exists()


def test_deleted_branch_of_gitlab_is_ignored() -> None:
    sender = make_sender(make_service(), "gitlab")

    assert outcome(sender.gitlab(gitlab_push(after=ZERO, checkout_sha=None)))[1:] == (
        "ignored",
        "The branch was deleted.",
    )


def test_push_to_a_pinned_service_is_kept_and_deploys_nothing(sender: Sender) -> None:
    set_pinned(sender.hook.service, is_pinned=True, by=None)

    said = outcome(sender.github())

    assert said == (202, "ignored", "The service is pinned: nothing is deployed by itself until somebody unpins it.")
    assert (kept()[2], Deployment.objects.exists()) == ("ignored", False)


def test_push_that_was_ignored_while_pinned_is_deployed_when_it_is_told_again(sender: Sender) -> None:
    set_pinned(sender.hook.service, is_pinned=True, by=None)
    ignored, still = sender.github(), sender.github()
    set_pinned(sender.hook.service, is_pinned=False, by=None)

    told, again = sender.github(), sender.github()

    assert [answer.status_code for answer in (ignored, still, told, again)] == [202, 200, 202, 200]
    assert still.json() == ignored.json()
    assert again.json() == told.json()
    assert told.json()["deploymentId"] == str(Deployment.objects.get().pk)
    assert kept() == ("main", SHA, "deployed", "")


def test_push_to_a_branch_that_is_deployed_by_now_is_deployed_when_it_is_told_again(sender: Sender) -> None:
    push = github_push("next")
    assert outcome(sender.github(push))[:2] == (202, "ignored")
    sender.hook.branches = ["next"]
    sender.hook.save()

    assert outcome(sender.github(push)) == (202, "deployed", "")


def test_delivery_of_a_name_that_was_ignored_with_other_contents_is_not_deployed(sender: Sender) -> None:
    assert outcome(sender.github(github_push("next")))[:2] == (202, "ignored")

    assert outcome(sender.github(github_push("main")))[:2] == (200, "ignored")
    assert not Deployment.objects.exists()


def test_removed_service_is_gone(sender: Sender) -> None:
    Service.objects.update(removed_at=timezone.now())

    answer = sender.github()

    assert (answer.status_code, answer.json()["detail"]) == (410, "The service is removed.")
    assert not HookDelivery.objects.exists()


def test_ping_is_answered_and_not_kept(sender: Sender) -> None:
    assert outcome(sender.github(b'{"zen": "Keep it logically awesome."}', event="ping")) == (200, "pong", "")
    assert (HookDelivery.objects.exists(), Hook.objects.get().last_used_at is not None) == (False, True)


@pytest.mark.parametrize(("flavour", "event"), [("github", "issues"), ("gitlab", "Tag Push Hook"), ("gitlab", "")])
def test_other_events_are_ignored(flavour: str, event: str) -> None:
    sender = make_sender(make_service(), flavour)

    assert outcome(getattr(sender, flavour)(event=event)) == (202, "ignored", "Only pushes are deployed.")
    assert not HookDelivery.objects.exists()


def test_gitlab_names_a_delivery_by_its_idempotency_key() -> None:
    sender = make_sender(make_service(), "gitlab")
    first = sender.gitlab(delivery="event", Idempotency_Key="one")
    second = sender.gitlab(delivery="event", Idempotency_Key="two")

    assert (first.status_code, second.status_code, sender.gitlab(Idempotency_Key="one").status_code) == (202, 202, 200)


def test_program_may_name_branch_and_commit_or_nothing() -> None:
    sender = make_sender(make_service(), "generic", "main")

    assert outcome(sender.generic(b'{"branch": "dev"}', delivery="d-1"))[1] == "ignored"
    assert outcome(sender.generic(b"{}", delivery="d-2"))[1] == "deployed"
    sender.generic(f'{{"branch": "main", "commit": "{SHA}"}}'.encode(), delivery="d-3")
    newest = HookDelivery.objects.first()
    assert newest is not None
    assert (newest.branch, newest.commit, newest.outcome) == ("main", SHA, "deployed")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"\xff\xfe\x00", b"[" * 100_000, b'{"ref": 5}', b'{"ref": ""}', b"{}", b"1" * 5000,
     b'{"ref": "refs/heads/"}', b'{"ref": "refs/heads/a\\u0000b"}', b'{"ref": "refs/heads/\\ud800"}',
     b'{"ref": "refs/heads/' + b"x" * 300 + b'"}', b'{"ref": "refs/tags/\\u0000"}'],
)  # fmt: skip
def test_body_that_is_no_push_is_refused(body: bytes, sender: Sender) -> None:
    assert sender.github(body).status_code == 400
    assert not HookDelivery.objects.exists()


def test_body_without_a_branch_says_where() -> None:
    sender = make_sender(make_service(), "generic")

    assert refusal(sender.generic(b'{"branch": 5}')) == (400, [("/branch", "branch")])


@pytest.mark.parametrize("delivery", ["", "x" * 101, "with space", "ä"])
def test_delivery_without_a_name_is_refused(delivery: str, sender: Sender) -> None:
    answer = sender.github(delivery=delivery)

    assert answer.status_code == 400
    assert "X-GitHub-Delivery has to name the delivery" in answer.json()["detail"]


def test_form_is_refused_with_what_to_set(sender: Sender) -> None:
    answer = sender.github(b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json()["detail"]) == (
        415,
        "Let the sender use the content type application/json.",
    )


def test_commit_that_is_none_is_left_out(sender: Sender) -> None:
    sender.github(github_push(after="HEAD; rm -rf /"))

    assert kept()[:2] == ("main", "")

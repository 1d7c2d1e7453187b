"""What a hook was told, once its signature is right: deploy, or say why not. One transaction, no network."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from deployments.actions.errors import RefusedError
from deployments.actions.requests import request_deployment
from deployments.models import Hook, HookDelivery, Outcome, Service

TOLD_LONG_AGO = "This was told before, so long ago that what came of it is forgotten."


class GoneError(RefusedError):
    """The service is removed, and with it what the hook was for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Something was pushed. `branch` is empty if none was named; `obstacle` says why it is nothing to deploy."""

    delivery: str
    fingerprint: str
    event: str
    branch: str = ""
    commit: str = ""
    obstacle: str = ""


@transaction.atomic
def receive_push(hook: Hook, push: Push) -> tuple[HookDelivery, bool]:
    """What came of it, and whether it is new: the same delivery again is the one before, with its deployment.

    One that was ignored for what may pass (the service was pinned, the hook had other branches) is judged again, and
    is new if it is deployed now. Raises GoneError.
    """
    # Equal deliveries wait here for each other.
    service = Service.objects.select_for_update().get(pk=hook.service_id)
    if service.removed_at is not None:
        raise GoneError("The service is removed.")
    same = Q(delivery=push.delivery)
    if push.fingerprint:
        same |= Q(fingerprint=push.fingerprint)
    earlier = hook.deliveries.select_related("deployment").filter(same).first()
    if earlier is not None:
        return earlier, _deploys_now(earlier, hook, service, push)
    note_use(hook)
    reason = TOLD_LONG_AGO if _is_seen(hook, push) else why_ignored(hook, service, push)
    deployment = None
    if not reason:
        deployment = request_deployment(service, by=None, dedupe=f"hook:{hook.pk}:{push.delivery}")
    made = HookDelivery.objects.create(
        hook=hook,
        delivery=push.delivery,
        fingerprint=push.fingerprint,
        at=timezone.now(),
        event=push.event,
        branch=push.branch,
        commit=push.commit,
        outcome=Outcome.DEPLOYED if deployment else Outcome.IGNORED,
        reason=reason,
        deployment=deployment,
    )
    return made, True


def _deploys_now(earlier: HookDelivery, hook: Hook, service: Service, push: Push) -> bool:
    """Whether what was ignored before is deployed by being told again; the delivery says so then."""
    # The same name with other contents is no second telling, and what it signed would be kept nowhere.
    is_same = earlier.fingerprint == push.fingerprint
    if earlier.outcome != Outcome.IGNORED or not is_same or earlier.reason == TOLD_LONG_AGO:
        return False
    if why_ignored(hook, service, push):
        return False
    note_use(hook)
    earlier.deployment = request_deployment(service, by=None, dedupe=f"hook:{hook.pk}:{earlier.delivery}")
    earlier.outcome, earlier.reason, earlier.at = Outcome.DEPLOYED, "", timezone.now()
    earlier.branch, earlier.commit = push.branch, push.commit
    earlier.save(update_fields=["deployment", "outcome", "reason", "at", "branch", "commit"])
    return True


def _is_seen(hook: Hook, push: Push) -> bool:
    return bool(push.fingerprint) and hook.seen.filter(fingerprint=push.fingerprint).exists()


def why_ignored(hook: Hook, service: Service, push: Push) -> str:
    """Empty for what is to be deployed."""
    if push.obstacle:
        return push.obstacle
    if hook.branches and push.branch and not any(fnmatchcase(push.branch, each) for each in hook.branches):
        return f"Only pushes to {', '.join(hook.branches)} are deployed."[:300]
    if service.is_pinned:
        return "The service is pinned: nothing is deployed by itself until somebody unpins it."
    return ""


def note_use(hook: Hook) -> None:
    """Something came whose signature was right."""
    Hook.objects.filter(pk=hook.pk).update(last_used_at=timezone.now())


def note_refusal(hook: Hook) -> None:
    """Something came whose signature was wrong: it is counted, nothing of it is kept."""
    Hook.objects.filter(pk=hook.pk).update(refusals=F("refusals") + 1, last_refused_at=timezone.now())

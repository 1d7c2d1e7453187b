"""Hooks of a service: made, changed, given a new secret, deleted. The secret is shown by whoever gets it from here."""

import re
import secrets
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from deployments.actions.errors import RefusedError, RefusedFieldError
from deployments.actions.services.saving import lock_service
from deployments.actions.services.teams import CHANGE, refuse_team, refuse_without
from deployments.models import Flavour, Hook, Service
from deployments.runner.secrets import seal

MAX_HOOKS = 20
MAX_BRANCHES = 20
BRANCH = re.compile(r"[^\s,\[\]\\~^:\x00-\x1f\x7f]{1,100}")
TOKEN_BYTES = 24
SECRET_BYTES = 32


@transaction.atomic
def make_hook(service: Service, *, flavour: str, branches: Sequence[str], by: User | None) -> tuple[Hook, str]:
    """The hook and its secret, which is told this once.

    Raises NotAllowedError, RefusedFieldError for `flavour` or `branches`, RefusedError if the service is removed or
    has too many, KeyringError.
    """
    locked = _lock(service, by=by)
    if flavour not in Flavour.values:
        raise RefusedFieldError("Choose who sends: GitHub, GitLab or any program.", field="flavour")
    if locked.hooks.count() >= MAX_HOOKS:
        raise RefusedError(f"A service has up to {MAX_HOOKS} hooks. Delete one that nobody uses.")
    hook = Hook(
        service=locked,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        flavour=flavour,
        branches=clean_branches(branches),
        created_by=by,
        created_at=timezone.now(),
    )
    secret = _seal_new(hook)
    hook.save()
    _note(hook, "made", by=by)
    return hook, secret


@transaction.atomic
def rotate_hook(hook: Hook, *, by: User | None) -> str:
    """A new secret, told this once; what is signed with the one before is refused from now on."""
    _lock(hook.service, by=by)
    secret = _seal_new(hook)
    hook.rotated_at = timezone.now()
    hook.save(update_fields=["ciphertext", "rotated_at"])
    # Nothing that was signed with the one before comes in any more.
    hook.seen.all().delete()
    AuditRecord.objects.note(Verb.SECRET_CHANGED, by=by, object_name=_name(hook), detail=f"New secret of the {hook}")
    return secret


@transaction.atomic
def change_hook(hook: Hook, *, is_enabled: bool, branches: Sequence[str], by: User | None) -> None:
    """Raises NotAllowedError, RefusedFieldError for `branches`, RefusedError if the service is removed."""
    _lock(hook.service, by=by)
    cleaned = clean_branches(branches)
    if (hook.is_enabled, hook.branches) == (is_enabled, cleaned):
        return
    hook.is_enabled, hook.branches = is_enabled, cleaned
    hook.save(update_fields=["is_enabled", "branches"])
    _note(hook, f"{'enabled' if is_enabled else 'disabled'}, branches {', '.join(cleaned) or 'all'}", by=by)


@transaction.atomic
def delete_hook(hook: Hook, *, by: User | None) -> None:
    """With what it was told; the deployments stay. Raises NotAllowedError, RefusedError if the service is removed."""
    _lock(hook.service, by=by)
    _note(hook, "deleted", by=by)
    hook.delete()


def clean_branches(branches: Sequence[str]) -> list[str]:
    """Patterns of branches, each once. Raises RefusedFieldError for what no branch can be called."""
    found = list(dict.fromkeys(each.strip() for each in branches if each.strip()))
    if len(found) > MAX_BRANCHES:
        raise RefusedFieldError(f"Name up to {MAX_BRANCHES} branches; * stands for any letters.", field="branches")
    for each in found:
        if not BRANCH.fullmatch(each):
            message = f"{each[:100]!r} is no branch. Write names such as main or release/*, with commas between them."
            raise RefusedFieldError(message, field="branches")
    return found


def _lock(service: Service, *, by: User | None) -> Service:
    refuse_without(by, CHANGE, deed="change services")
    locked = lock_service(service, expected_revision=None)
    refuse_team(by, locked.team)
    return locked


def _seal_new(hook: Hook) -> str:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    hook.ciphertext = seal(hook, secret)
    return secret


def _name(hook: Hook) -> str:
    return f"service {hook.service}"


def _note(hook: Hook, done: str, *, by: User | None) -> None:
    detail = f"Hook for {hook.get_flavour_display()} {done}"
    AuditRecord.objects.note(Verb.SERVICE_CHANGED, by=by, object_name=_name(hook), detail=detail)

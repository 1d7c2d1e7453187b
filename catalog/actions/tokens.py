"""Tokens for programs: make one, find the one that was sent, revoke it."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.revisions import one_line
from catalog.actions.roles import limits_of
from catalog.models import AuditRecord, Token
from catalog.models.audit import Verb
from catalog.models.choices import ProviderType
from catalog.models.clients import SCOPES

PATTERN = re.compile(r"reg_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
MAX_LIFE = timedelta(days=366)
# `last_used_at` is for people: a write for every read would cost more than it tells.
USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_token(
    *, by: User, owner: User, name: str, scopes: Sequence[str], days: int, provider_types: Sequence[str] = ()
) -> tuple[Token, str]:
    """A token and its text, which is shown this once and cannot be found again.

    Raises RefusedError: no name, no or unknown scopes, scopes that the owner has no permission for, a life of less than
    a day or more than a year, unknown types or types beyond the owner's own limits.
    """
    name = one_line(name)
    if not name or len(name) > 100:
        raise RefusedError("Give the token a name of up to 100 characters that says what it is for.")
    _refuse_scopes(owner, scopes)
    _refuse_types(owner, provider_types)
    if not 1 <= days <= MAX_LIFE.days:
        raise RefusedError(f"A token lives from 1 to {MAX_LIFE.days} days.")
    public_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    now = timezone.now()
    token = Token.objects.create(
        public_id=public_id,
        secret_sha256=_digest(secret),
        owner_id=owner.pk,
        name=name,
        scopes=sorted(set(scopes)),
        provider_types=sorted(set(provider_types)) or limits_of(owner),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    detail = f"token {public_id} made: {name}; {', '.join(token.scopes)}; {days} days"
    AuditRecord.objects.note(Verb.PERMISSIONS_CHANGED, by=by, object_name=owner.get_username(), detail=detail)
    return token, f"reg_{public_id}_{secret}"


def find_token(text: str) -> Token | None:
    """The token with this text, if it may be used now; notes that it was used. One query, seldom two."""
    found = PATTERN.fullmatch(text)
    if found is None:
        return None
    token = Token.objects.select_related("owner").filter(public_id=found[1]).first()
    # Compared even if there is none: how long it takes says nothing about which tokens exist.
    fits = hmac.compare_digest(token.secret_sha256 if token else _digest(""), _digest(found[2]))
    now = timezone.now()
    if token is None or not fits or token.revoked_at or token.expires_at <= now or not token.owner.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def revoke_token(token: Token, *, by: User | None) -> None:
    """From now on it opens nothing. Raises RefusedError if it is revoked already."""
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise RefusedError("This token is revoked already.")
    AuditRecord.objects.note(
        Verb.PERMISSIONS_CHANGED,
        by=by,
        object_name=token.owner.get_username(),
        detail=f"token {token.public_id} revoked: {token.name}",
    )


def _refuse_scopes(owner: User, scopes: Sequence[str]) -> None:
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        raise RefusedError(
            f"Choose scopes out of {', '.join(SCOPES)}{'; not ' + ', '.join(unknown) if unknown else ''}."
        )
    beyond = [
        scope
        for scope in sorted(set(scopes))
        if SCOPES[scope] and not any(owner.has_perm(permission) for permission in SCOPES[scope])
    ]
    if beyond:
        raise RefusedError(f"{owner.get_username()} may not do this, so a token cannot: {', '.join(beyond)}.")


def _refuse_types(owner: User, provider_types: Sequence[str]) -> None:
    unknown = sorted(set(provider_types) - set(ProviderType.values))
    if unknown:
        raise RefusedError(f"There is no type of provider {', '.join(unknown)}.")
    limits = limits_of(owner)
    beyond = sorted(set(provider_types) - set(limits)) if limits else []
    if beyond:
        raise RefusedError(f"{owner.get_username()} is limited to {', '.join(limits)}.")


def _digest(secret: str) -> str:
    # The secret is 256 random bits: there is nothing to guess, so a slow hash would only slow every request down.
    return hashlib.sha256(secret.encode()).hexdigest()

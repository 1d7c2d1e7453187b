"""Tokens for programs: make one, find the one that was sent, revoke it."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils import timezone

from catalog.actions.errors import NotAllowedError, RefusedError, RefusedFieldError
from catalog.actions.revisions import one_line
from catalog.actions.roles import limits_of
from catalog.models import AuditRecord, Token, TokenOwner
from catalog.models.audit import Verb
from catalog.models.choices import ProviderType
from catalog.models.clients import SCOPES

PATTERN = re.compile(r"reg_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
MAX_LIFE = timedelta(days=366)
MAX_NAME = 100
# In use at once by one person; a program that makes them in a circle is stopped here.
MAX_TOKENS = 100
# Whoever looks at tokens is told of those that end so soon.
ENDS_SOON = timedelta(days=14)
# `last_used_at` is for people: a write for every read would cost more than it tells.
USED_EVERY = timedelta(minutes=1)


class TokenState(StrEnum):
    ACTIVE = "active"
    ENDS_SOON = "ends_soon"
    EXPIRED = "expired"
    REVOKED = "revoked"


NOT_USABLE = (TokenState.EXPIRED, TokenState.REVOKED)


@transaction.atomic
def make_token(
    *, by: User | None, owner: User, name: str, scopes: Sequence[str], days: int, provider_types: Sequence[str] = ()
) -> tuple[Token, str]:
    """A token and its text, which is shown this once and cannot be found again. `by` is None for commands.

    Raises NotAllowedError: by a token, or for somebody else. Raises RefusedError: no name, no or unknown scopes, scopes
    that the owner has no permission for, a life of less than a day or more than a year, unknown types or types beyond
    the owner's own limits, an owner who may not sign in or has too many tokens.
    """
    _refuse_maker(by, owner=owner)
    name = one_line(name[: 10 * MAX_NAME])
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise RefusedFieldError(f"Name it, in up to {MAX_NAME} characters that say what it is for.", field="name")
    _refuse_scopes(owner, scopes)
    _refuse_types(owner, provider_types)
    refuse_life(days)
    _refuse_hoard(owner)
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
    detail = f"API token “{name}” ({public_id}) made for {days} days: {', '.join(token.scopes)}"
    AuditRecord.objects.note(Verb.PERMISSIONS_CHANGED, by=by, object_name=owner.get_username(), detail=detail)
    return token, f"reg_{public_id}_{secret}"


def refuse_life(days: int) -> None:
    """Raises RefusedFieldError for a life of less than a day or more than a year."""
    if not 1 <= days <= MAX_LIFE.days:
        raise RefusedFieldError(f"A token lives from 1 to {MAX_LIFE.days} days.", field="days")


def find_token(text: str) -> Token | None:
    """The token with this text, if it may be used now; notes that it was used. One query, seldom two."""
    found = PATTERN.fullmatch(text)
    if found is None:
        return None
    token = Token.objects.select_related("owner").filter(public_id=found[1]).first()
    # Compared even if there is none: how long it takes says nothing about which tokens exist.
    fits = hmac.compare_digest(token.secret_sha256 if token else _digest(""), _digest(found[2]))
    now = timezone.now()
    if token is None or not fits or state_of(token) in NOT_USABLE or not token.owner.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        _note_use(token, now)
    return token


def state_of(token: Token) -> TokenState:
    """What becomes of whoever uses it now; its owner is not looked at."""
    if token.revoked_at is not None:
        return TokenState.REVOKED
    left = token.expires_at - timezone.now()
    if left <= timedelta(0):
        return TokenState.EXPIRED
    return TokenState.ENDS_SOON if left < ENDS_SOON else TokenState.ACTIVE


def acting_owner(token: Token) -> TokenOwner:
    """The owner as far as the token goes, out of what was read with it. No query."""
    columns = [field.attname for field in TokenOwner._meta.concrete_fields]
    owner = TokenOwner.from_db(token._state.db, columns, [getattr(token.owner, column) for column in columns])
    owner.token = token
    return owner


@transaction.atomic
def revoke_token(token: Token, *, by: User | None) -> None:
    """From now on it opens nothing. Raises NotAllowedError, or RefusedError if it is revoked already."""
    if by is not None and (isinstance(by, TokenOwner) or not (token.owner_id == by.pk or may_see_all_tokens(by))):
        raise NotAllowedError("Only its owner may revoke a token, and whoever reads the audit log.")
    if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise RefusedError("This token is revoked already.")
    AuditRecord.objects.note(
        Verb.PERMISSIONS_CHANGED,
        by=by,
        object_name=token.owner.get_username(),
        detail=f"API token “{token.name}” ({token.public_id}) revoked",
    )


def may_have_tokens(person: Any) -> bool:
    """Whether they may read entries at all: the least that a token is for."""
    return any(person.has_perm(permission) for permission in SCOPES["entries:read"])


def may_see_all_tokens(person: Any) -> bool:
    """Whether they may look at the tokens of others, and revoke them."""
    return bool(person.has_perm("catalog.view_auditrecord"))


def scopes_for(owner: User) -> list[str]:
    """The scopes that a token of theirs can have: those that open something which they may do."""
    return [scope for scope, permissions in SCOPES.items() if any(map(owner.has_perm, permissions))]


def types_for(owner: User) -> list[str]:
    """The types that a token of theirs can be limited to."""
    return limits_of(owner) or list(ProviderType.values)


def _refuse_maker(by: User | None, *, owner: User) -> None:
    if isinstance(by, TokenOwner) or isinstance(owner, TokenOwner):
        raise NotAllowedError("A token makes no tokens: sign in, or use manage.py api_token.")
    if by is not None and by.pk != owner.pk and not by.is_superuser:
        raise NotAllowedError("You can make tokens for yourself only.")
    if not owner.is_active:
        raise RefusedError(f"{owner.get_username()} is not active, so a token of theirs would open nothing.")


def _refuse_hoard(owner: User) -> None:
    usable = Token.objects.filter(owner_id=owner.pk, revoked_at=None, expires_at__gt=timezone.now())
    if usable.count() >= MAX_TOKENS:
        raise RefusedError(f"There are {MAX_TOKENS} tokens of {owner.get_username()} in use: revoke some first.")


def _note_use(token: Token, now: datetime) -> None:
    # A catalogue that is being written to must not fail whoever only reads it.
    with suppress(OperationalError):
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


def _refuse_scopes(owner: User, scopes: Sequence[str]) -> None:
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        but = f"; not {', '.join(unknown)[:200]}" if unknown else ""
        raise RefusedFieldError(f"Choose scopes out of {', '.join(SCOPES)}{but}.", field="scopes")
    beyond = sorted(scope for scope in set(scopes) if SCOPES[scope] and not any(map(owner.has_perm, SCOPES[scope])))
    if beyond:
        raise RefusedFieldError(
            f"{owner.get_username()} may not do this, so a token cannot: {', '.join(beyond)}.", field="scopes"
        )


def _refuse_types(owner: User, provider_types: Sequence[str]) -> None:
    unknown = sorted(set(provider_types) - set(ProviderType.values))
    if unknown:
        raise RefusedFieldError(f"There is no type of provider {', '.join(unknown)[:200]}.", field="provider_types")
    limits = limits_of(owner)
    if limits and set(provider_types) - set(limits):
        raise RefusedFieldError(f"{owner.get_username()} is limited to {', '.join(limits)}.", field="provider_types")


def _digest(secret: str) -> str:
    # The secret is 256 random bits: there is nothing to guess, so a slow hash would only slow every request down.
    return hashlib.sha256(secret.encode()).hexdigest()

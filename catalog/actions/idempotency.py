"""Requests that are safe to send twice: the second one gets the answer of the first, and nothing is done again.

A key is taken in a transaction of its own, so that a rival sees it; its answer is kept in the transaction of the deed,
so that the deed is done if and only if its answer is there, wherever the process dies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.models import IdempotencyKey

# No request runs as long as this; a key that is still taken then was left by a process that died.
ABANDONED_AFTER = timedelta(minutes=10)


class KeyReusedError(RefusedError):
    """The key was sent before, with another request."""


class StillRunningError(RefusedError):
    """The first request with this key has no answer yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours to answer: the row, and when we took it."""

    pk: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller was told: status, headers worth keeping, and the body as JSON text (empty for none)."""

    status: int
    headers: dict[str, str]
    body: str


def claim_key(*, caller: str, key: str, request_sha256: str) -> Claim | Answer:
    """Take the key for this request, or give the answer that was given before. Not to be called in a transaction.

    Raises KeyReusedError or StillRunningError.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(caller=caller, key=key, request_sha256=request_sha256, created_at=now)
        return Claim(row.pk, now)
    except IntegrityError:
        found = IdempotencyKey.objects.filter(caller=caller, key=key).first()
    if found is None:
        # Its first request was refused, and the key set free, between our two looks.
        raise StillRunningError("A request with this Idempotency-Key has just ended; send it again.")
    if found.request_sha256 != request_sha256:
        raise KeyReusedError("This Idempotency-Key was sent with another request; use a new one for this request.")
    if found.status is not None:
        return Answer(found.status, found.headers, found.body)
    return _take_over(found, now)


def keep_answer(claim: Claim, answer: Answer) -> None:
    """Keep what the caller is told, in the transaction that did what was asked.

    Raises StillRunningError if somebody has taken the key over meanwhile: then the transaction must not be committed.
    """
    mine = IdempotencyKey.objects.filter(pk=claim.pk, status=None, created_at=claim.taken_at)
    if not mine.update(status=answer.status, headers=answer.headers, body=answer.body):
        raise StillRunningError("This request took too long, and another one with its Idempotency-Key has begun.")


def release_key(claim: Claim) -> None:
    """Set the key free after a refusal or an error: nothing was done, so the request may be sent again."""
    IdempotencyKey.objects.filter(pk=claim.pk, status=None, created_at=claim.taken_at).delete()


def _take_over(found: IdempotencyKey, now: datetime) -> Claim:
    taken_at = found.created_at
    if now - taken_at > ABANDONED_AFTER:
        left = IdempotencyKey.objects.filter(pk=found.pk, status=None, created_at=taken_at)
        if left.update(created_at=now):
            return Claim(found.pk, now)
    raise StillRunningError("A request with this Idempotency-Key is being answered right now; try again in a moment.")

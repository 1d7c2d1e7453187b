"""Whether what came was sent by who knows the hook's secret: judged over the bytes as they came, before any is parsed.

Reference: GitHub, "Validating webhook deliveries"; GitLab, "Webhooks" (secret token); RFC 2104 (HMAC).
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Protocol

from deployments.models import Flavour

# How far a program's clock may be away; what is older was overheard, or has waited too long.
MAX_AGE_SECONDS = 300
Headers = Mapping[str, str]


class Judge(Protocol):
    """The fingerprint of what was signed, empty if nothing is; None for a wrong signature."""

    def __call__(self, body: bytes, headers: Headers, secret: str, *, now: float) -> str | None: ...


def judge_signature(flavour: str, body: bytes, headers: Headers, secret: str, *, now: float) -> str | None:
    """`headers` are found by their names in any case; `now` in seconds since 1970."""
    return JUDGES[flavour](body, headers, secret, now=now)


def sign(secret: str, content: bytes) -> str:
    """`sha256=` and the HMAC in hexadecimal, as GitHub and the generic flavour send it."""
    return f"sha256={hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}"


def timed_content(timestamp: str, body: bytes) -> bytes:
    """What the generic flavour signs."""
    return timestamp.encode() + b"." + body


def _github(body: bytes, headers: Headers, secret: str, *, now: float) -> str | None:
    if not _same(headers.get("X-Hub-Signature-256", ""), sign(secret, body)):
        return None
    return hashlib.sha256(body).hexdigest()


def _gitlab(body: bytes, headers: Headers, secret: str, *, now: float) -> str | None:
    """The secret itself is sent: nothing is signed."""
    return "" if _same(headers.get("X-Gitlab-Token", ""), secret) else None


def _generic(body: bytes, headers: Headers, secret: str, *, now: float) -> str | None:
    timestamp = headers.get("X-Registry-Timestamp", "")
    content = timed_content(timestamp, body)
    if not _same(headers.get("X-Registry-Signature", ""), sign(secret, content)):
        return None
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12
    if not is_number or abs(now - int(timestamp)) > MAX_AGE_SECONDS:
        return None
    return hashlib.sha256(content).hexdigest()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


JUDGES: dict[str, Judge] = {Flavour.GITHUB: _github, Flavour.GITLAB: _gitlab, Flavour.GENERIC: _generic}

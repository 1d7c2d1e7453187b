"""How often somebody may ask: counted in a cache, for each token, person or address, without a database query.

Fixed windows of a minute, which begin at another second for each caller, so that not all of them come back at once.
Reference: draft-ietf-httpapi-ratelimit-headers-10; RFC 6585 (429).
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any
from zlib import crc32

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException, Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.access.permissions import OPEN, PUBLIC, SIGNED
from catalog.models import Token

logger = logging.getLogger(__name__)
CACHE = "limits"
WINDOW_SECONDS = 60
# A cache that fails is not asked again for so long; meanwhile everybody is served.
QUIET_SECONDS = 5.0
PROBLEM_TYPE = "https://iana.org/assignments/http-problem-types#quota-exceeded"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left to a caller of one policy; `used` counts this request, too."""

    policy: str
    quota: int
    used: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.quota


class LimitError(Throttled):
    """429 with `Retry-After`; names the policies that are exhausted."""

    def __init__(self, exceeded: Sequence[Limit]) -> None:
        super().__init__(wait=max(limit.reset_seconds for limit in exceeded))
        self.members = {"type": PROBLEM_TYPE, "violated-policies": [limit.policy for limit in exceeded]}


class Counters:
    """Counts in the cache. A cache that cannot be reached limits nobody: the catalogue is worth more than the count."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def count(self, key: str, *, seconds: int) -> int:
        """How often this was called for `key`, this time included; 0 if nobody can tell. Safe from any thread."""
        if time.monotonic() < self._quiet_until:
            return 0
        try:
            return self._count(key, seconds=seconds)
        except (RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            logger.warning("requests are not limited, the cache does not answer: %s", type(error).__name__)
            return 0

    def _count(self, key: str, *, seconds: int) -> int:
        cache = caches[CACHE]
        for _ in range(2):
            try:
                return int(cache.incr(key))
            except ValueError:
                # Not there yet. Of two that come here at once, one adds it and the other counts on.
                if cache.add(key, 1, timeout=seconds):
                    return 1
        return 1


COUNTERS = Counters()


class LimitedView(APIView):
    """Counts whoever asks as soon as it is known who that is; a token that is none counts for its address."""

    limits: Sequence[Limit] = ()

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except APIException:
            self._spend(request, who=f"address:{address_bucket(request)}", policy="address")
            raise
        who, policy = _caller(request)
        self._spend(request, who=who, policy=policy)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        if self.limits:
            answer["RateLimit-Policy"] = ", ".join(
                f'"{limit.policy}";q={limit.quota};w={WINDOW_SECONDS}' for limit in self.limits
            )
            answer["RateLimit"] = ", ".join(
                f'"{limit.policy}";r={max(limit.quota - limit.used, 0)};t={limit.reset_seconds}'
                for limit in self.limits
            )
        return answer

    def spend_wrong_signature(self, request: Request) -> None:
        """One more from this address. Raises LimitError: whoever only guesses is not looked at for a while."""
        self._spend(request, who=f"address:{address_bucket(request)}", policy="signatures")

    def _spend(self, request: Request, *, who: str, policy: str) -> None:
        """Raises LimitError. Whoever may not read any more has not tried to write."""
        self.limits = _count(policy, who)
        if _is_write(request, self) and not _exceeded(self.limits):
            self.limits = [*self.limits, *_count("writes", who)]
        if _exceeded(self.limits):
            raise LimitError(_exceeded(self.limits))


def address_bucket(request: Request) -> str:
    """The address that is counted: of IPv6 the network of 64 bits, since one caller has all of it."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address) or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(IPv6Network((int(address), 64), strict=False))


def _caller(request: Request) -> tuple[str, str]:
    """(whom to count, policy)."""
    if isinstance(request.auth, Token):
        return f"token:{request.auth.public_id}", "token"
    if request.user and request.user.is_authenticated:
        return f"person:{request.user.pk}", "person"
    return f"address:{address_bucket(request)}", "address"


def _is_write(request: Request, view: Any) -> bool:
    """What anybody may POST only asks a question; a signature is judged by what it signs."""
    scopes = getattr(view, "scopes", {})
    return request.method not in SAFE_METHODS and scopes.get(request.method) not in (PUBLIC, OPEN, SIGNED)


def _count(policy: str, who: str) -> list[Limit]:
    quota = settings.REGISTRY_LIMITS[policy]
    if not quota:
        return []
    key = f"{policy}:{who}"
    window, elapsed = divmod(int(time.time()) + crc32(key.encode()) % WINDOW_SECONDS, WINDOW_SECONDS)
    used = COUNTERS.count(f"{key}:{window}", seconds=2 * WINDOW_SECONDS)
    return [Limit(policy, quota, used, WINDOW_SECONDS - elapsed)]


def _exceeded(limits: Sequence[Limit]) -> list[Limit]:
    return [limit for limit in limits if limit.is_exceeded]

"""The CDN in front of the store: which paths it must forget after a publish, and how it is told.

Reference: Amazon CloudFront, CreateInvalidation: 3,000 paths and 15 wildcards may be in progress; a request with the
CallerReference of an earlier one, and the same paths, is that one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.client import CloudFrontClient

MAX_EXACT_PATHS = 20
MAX_PATHS_IN_PROGRESS = 3000
MAX_WILDCARDS_IN_PROGRESS = 15
BUSY_CODES = frozenset({"TooManyInvalidationsInProgress", "Throttling", "ThrottlingException", "ServiceUnavailable"})


class CdnError(Exception):
    """The CDN did not take the request; the message says why."""


class CdnBusyError(CdnError):
    """It will, later."""


class Cdn(Protocol):
    """Forgets paths."""

    def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
        """Ask it to forget; its name for the request. Raises CdnError."""

    def is_done(self, cdn_id: str) -> bool:
        """Whether a request is carried out. Raises CdnError."""


class NullCdn:
    """No CDN: readers come to the store itself."""

    def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
        return reference

    def is_done(self, cdn_id: str) -> bool:
        return True


class CloudFrontCdn:
    """One CloudFront distribution."""

    def __init__(self, client: "CloudFrontClient", distribution_id: str) -> None:
        self._client = client
        self._distribution_id = distribution_id

    def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
        try:
            answer = self._client.create_invalidation(
                DistributionId=self._distribution_id,
                InvalidationBatch=batch,  # type: ignore[arg-type]
            )
        except (ClientError, BotoCoreError) as error:
            raise _cdn_error(error) from error
        return answer["Invalidation"]["Id"]

    def is_done(self, cdn_id: str) -> bool:
        try:
            answer = self._client.get_invalidation(DistributionId=self._distribution_id, Id=cdn_id)
        except (ClientError, BotoCoreError) as error:
            raise _cdn_error(error) from error
        # "Completed" at AWS; emulators write it in capitals.
        return answer["Invalidation"]["Status"].lower() == "completed"


def invalidation_paths(changed: Sequence[str], *, public_url: str) -> list[str]:
    """What to invalidate for these changed mutable files: exact paths, or beyond 20 a wildcard a top folder."""
    prefix = urlsplit(public_url).path.rstrip("/")
    if len(changed) > MAX_EXACT_PATHS:
        changed = [f"{path.partition('/')[0]}/*" if "/" in path else path for path in changed]
    return [f"{prefix}/{path}" for path in sorted(set(changed))]


def _cdn_error(error: ClientError | BotoCoreError) -> CdnError:
    if isinstance(error, BotoCoreError):
        return CdnBusyError(f"The CDN cannot be reached: {error}")
    code = error.response.get("Error", {}).get("Code", "unknown")
    said = error.response.get("Error", {}).get("Message", "no reason given")
    return (CdnBusyError if code in BUSY_CODES else CdnError)(f"The CDN refused: {code}, {said}")

"""`POST /hooks/{token}`: something was pushed. No session, no token of a person: the body's signature says who sends.

The order is the point: signature over the raw bytes, then what they say, then one transaction.
"""

import time
from typing import Any, ClassVar
from uuid import UUID

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.base import SIGNED, ApiView
from catalog.api.problems import ProblemError
from deployments.actions.hooks.receiving import GoneError, note_refusal, note_use, receive_push
from deployments.api.hooks.payloads import PING, read_event, read_push
from deployments.api.hooks.shapes import RECEIVE_SHAPE
from deployments.api.hooks.signatures import judge_signature
from deployments.contract import PermanentError
from deployments.models import Hook
from deployments.runner.secrets import open_secret

log = structlog.get_logger(__name__)
JSON_TYPE = "application/json"


class UnsignedError(ProblemError):
    """The same for a wrong signature, a hook that is disabled, and one that there is not."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "unsigned"

    def __init__(self) -> None:
        super().__init__(
            "There is no such hook, or this was not signed with its secret just now.",
            headers={"WWW-Authenticate": 'Signature realm="hooks"'},
        )


class GoneProblem(ProblemError):  # noqa: N818 -- GoneError is what the action raises
    status_code = status.HTTP_410_GONE
    default_code = "gone"


class MediaTypeError(ProblemError):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "media_type"


class SealedError(ProblemError):
    """The registry cannot read the secret: nobody gets in until it can."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "sealed"


class HookView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"POST": SIGNED}
    authentication_classes = ()

    @extend_schema(**RECEIVE_SHAPE)
    def post(self, request: Request, token: str) -> Response:
        body = request.body
        hook, fingerprint = self._find_signed(request, token, body)
        if request.content_type.partition(";")[0].strip() != JSON_TYPE:
            raise MediaTypeError(f"Let the sender use the content type {JSON_TYPE}.")
        event = read_event(hook.flavour, request.headers)
        if event != "push":
            return _answer_other(hook, event)
        push = read_push(hook.flavour, body, request.headers, fingerprint=fingerprint)
        try:
            delivery, is_new = receive_push(hook, push)
        except GoneError as error:
            raise GoneProblem(str(error)) from error
        made = {"delivery": delivery.delivery, "outcome": delivery.outcome, "reason": delivery.reason}
        return _answer(made, deployment_id=delivery.deployment_id, code=202 if is_new else 200)

    def _find_signed(self, request: Request, token: str, body: bytes) -> tuple[Hook, str]:
        """The hook, and the fingerprint of what was signed. Raises UnsignedError, LimitError, SealedError."""
        hook = Hook.objects.select_related("service").filter(token=token).first()
        fingerprint = None
        if hook is not None:
            fingerprint = judge_signature(hook.flavour, body, request.headers, _open(hook), now=time.time())
        if hook is None or fingerprint is None or not hook.is_enabled:
            self.spend_wrong_signature(request)
            if hook is not None and fingerprint is None:
                note_refusal(hook)
            raise UnsignedError
        return hook, fingerprint


def _open(hook: Hook) -> str:
    try:
        return open_secret(hook)
    except PermanentError as error:
        log.warning("hook_is_sealed", hook=str(hook.pk), reason=str(error))
        raise SealedError("The registry cannot read the secret of its hooks. Try again later.") from error


def _answer_other(hook: Hook, event: str) -> Response:
    """Nothing is kept of what is no push, but that it came."""
    note_use(hook)
    if event == PING:
        return _answer({"delivery": "", "outcome": "pong", "reason": ""}, deployment_id=None, code=200)
    return _answer({"delivery": "", "outcome": "ignored", "reason": "Only pushes are deployed."}, deployment_id=None)


def _answer(said: dict[str, Any], *, deployment_id: UUID | None, code: int = 202) -> Response:
    return Response(
        {**said, "deploymentId": str(deployment_id) if deployment_id else None},
        status=code,
        headers={"Cache-Control": "no-store"},
    )

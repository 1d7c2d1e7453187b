"""`Idempotency-Key`: a POST that may be sent again, because its second answer is the first one.

Optional. Only what was done is kept, for a day: a refused request did nothing, and may be corrected under its key.
Reference: draft-ietf-httpapi-idempotency-key-header.
"""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.idempotency import (
    Answer,
    StillRunningError,
    claim_key,
    keep_answer,
    release_key,
)
from catalog.api.problems import BadRequestError, ConflictError
from catalog.models import Token

KEY = re.compile(r"[\x21-\x7e]{1,255}")
SALT = "catalog.api.write.idempotency"
KEPT_HEADERS = ("ETag", "Location")
Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """For the `post` of a view: with an `Idempotency-Key` it runs once, whoever sends it how often.

    The handler runs in one transaction with the keeping of its answer. A dry run does nothing and needs no key.
    """

    @wraps(handler)
    def answer_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is not None and not KEY.fullmatch(key):
            raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters and no spaces.")
        if key is None or "dry_run" in request.query_params:
            return handler(view, request, *args, **kwargs)
        try:
            return _answer(handler, view, request, key, *args, **kwargs)
        except StillRunningError as error:
            raise ConflictError(str(error), headers={"Retry-After": "1"}) from error

    return answer_once


def _answer(handler: Handler, view: Any, request: Request, key: str, *args: Any, **kwargs: Any) -> Response:
    claim = claim_key(caller=caller_of(request), key=key, request_sha256=_digest(request))
    if isinstance(claim, Answer):
        headers = {**claim.headers, "Idempotent-Replayed": "true"}
        return Response(json.loads(claim.body), status=claim.status, headers=headers)
    try:
        with transaction.atomic():
            response = handler(view, request, *args, **kwargs)
            kept = {name: response[name] for name in KEPT_HEADERS if name in response}
            body = JSONRenderer().render(response.data).decode()
            keep_answer(claim, Answer(response.status_code, kept, body or "null"))
    except Exception:
        release_key(claim)
        raise
    return response


def caller_of(request: Request) -> str:
    """Whose keys these are: `token:<public id>` or `person:<id>`."""
    return f"token:{request.auth.public_id}" if isinstance(request.auth, Token) else f"person:{request.user.pk}"


def _digest(request: Request) -> str:
    """The same for two requests that ask for the same. Keyed: it is kept, and nobody is to guess secrets by it."""
    asked = [request.method, request.get_full_path(), request.headers.get("If-Match", ""), request.data]
    return salted_hmac(SALT, json.dumps(asked, sort_keys=True), algorithm="sha256").hexdigest()

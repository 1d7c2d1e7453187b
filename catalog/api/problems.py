"""What an endpoint refuses, as HTTP: each error of the catalogue has its status.

Reference: RFC 9457 (problem details), RFC 9110 (412), RFC 6585 (428).
"""

from collections.abc import Sequence
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from catalog.actions.errors import (
    InUseError,
    InvalidDocumentError,
    NotAllowedError,
    RefusedError,
    RefusedFieldError,
    StaleEntryError,
    TakenKeyError,
)
from catalog.schemas.validation import Problem


class ProblemError(APIException):
    """A refusal; `errors` is a list of `{"path", "code", "message"}` where places can be named."""

    def __init__(
        self, detail: str, *, errors: Sequence[dict[str, Any]] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.errors = list(errors)
        self.headers = headers or {}


class BadRequestError(ProblemError):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_request"


class ForbiddenError(ProblemError):
    status_code = status.HTTP_403_FORBIDDEN
    default_code = "forbidden"


class ConflictError(ProblemError):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class StaleError(ProblemError):
    """`If-Match` names another revision than the newest; the answer has the current ETag."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale"


class UnprocessableError(ProblemError):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "refused"


class PreconditionRequiredError(ProblemError):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"


def problem_of(error: RefusedError) -> ProblemError:
    """The HTTP form of what an action refused."""
    if isinstance(error, StaleEntryError):
        return StaleError(str(error), headers={"ETag": revision_etag(error.found)})
    if isinstance(error, InvalidDocumentError):
        return UnprocessableError(f"{error.key} cannot be saved.", errors=listed(error.problems))
    if isinstance(error, NotAllowedError):
        return ForbiddenError(str(error))
    if isinstance(error, (TakenKeyError, InUseError)):
        return ConflictError(str(error))
    if isinstance(error, RefusedFieldError):
        problem = {"path": f"/{error.field}", "code": "refused", "message": str(error)}
        return UnprocessableError(str(error), errors=[problem])
    return UnprocessableError(str(error))


def listed(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """`[{"path": JSON Pointer, "code": stable word, "message": for people}]`."""
    return [{"path": problem.path, "code": problem.code, "message": problem.message} for problem in problems]


def revision_etag(number: int) -> str:
    """The ETag of an entry's newest revision, which `If-Match` of a write names."""
    return f'"{number}"'

"""What an endpoint refuses, as HTTP: each error of the catalogue has its status.

Reference: RFC 9457 (problem details), RFC 9110 (412), RFC 6585 (428).
"""

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

from catalog.actions.errors import (
    InUseError,
    InvalidDocumentError,
    NotAllowedError,
    RefusedError,
    RefusedFieldError,
    SchemaGateError,
    StaleEntryError,
    TakenKeyError,
)
from catalog.actions.snapshots import (
    MassChangeError,
    NothingToPublishError,
    PlanChangedError,
    PlanProblemsError,
    PublishWaitingError,
)
from catalog.schemas.validation import Problem

MAX_PROBLEMS = 200


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


class SchemaGateProblem(UnprocessableError):  # noqa: N818 -- SchemaGateError is what the action raises
    """`members`: how many breaking changes there are, and which services would break."""

    default_code = "schema_gate"
    members: dict[str, Any]


class UnavailableError(ProblemError):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"


class PreconditionRequiredError(ProblemError):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"


def problem_of(error: RefusedError) -> ProblemError:
    """The HTTP form of what an action refused: that of its class, or of the nearest class above."""
    form = next(FORMS[each] for each in type(error).__mro__ if each in FORMS)
    return form(error)


def listed(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """`[{"path": JSON Pointer, "code": stable word, "message": for people}]`."""
    return [{"path": problem.path, "code": problem.code, "message": problem.message} for problem in problems]


def revision_etag(number: int) -> str:
    """The ETag of an entry's newest revision, which `If-Match` of a write names."""
    return f'"{number}"'


def _field_problem(error: RefusedFieldError) -> ProblemError:
    problem = {"path": f"/{error.field}", "code": "refused", "message": str(error)}
    return UnprocessableError(str(error), errors=[problem])


def _mass_change(error: MassChangeError) -> ProblemError:
    message = 'Look at the plan (?dry_run=true), then send "confirm_mass_change": true with it.'
    problem = {"path": "/confirm_mass_change", "code": "mass_change", "message": message}
    return UnprocessableError(str(error), errors=[problem])


def _schema_gate(error: SchemaGateError) -> ProblemError:
    problem = SchemaGateProblem(
        f"The new config schema of {error.key} breaks what is configured now. Whoever may change config schemas goes "
        "on with `breaking_schema_reason` in the body.",
        errors=listed(error.problems[:MAX_PROBLEMS]),
    )
    problem.members = {"changes": len(error.changes), "services": [name for name, _ in error.broken[:MAX_PROBLEMS]]}
    return problem


def _plan_problems(error: PlanProblemsError) -> ProblemError:
    shown = error.problems[:MAX_PROBLEMS]
    errors = [{"key": one.key, "path": one.path, "code": one.code, "message": one.message} for one in shown]
    more = len(error.problems) - len(shown)
    also = f" These are the first {MAX_PROBLEMS}; there are {more:,} more." if more else ""
    return UnprocessableError(f"Nothing was published; this has to be put right first.{also}", errors=errors)


FORMS: dict[type[RefusedError], Callable[[Any], ProblemError]] = {
    RefusedError: lambda error: UnprocessableError(str(error)),
    RefusedFieldError: _field_problem,
    TakenKeyError: lambda error: ConflictError(str(error)),
    InUseError: lambda error: ConflictError(str(error)),
    InvalidDocumentError: lambda error: UnprocessableError(
        f"{error.key} cannot be {error.deed}.", errors=listed(error.problems)
    ),
    NotAllowedError: lambda error: ForbiddenError(str(error)),
    SchemaGateError: _schema_gate,
    StaleEntryError: lambda error: StaleError(str(error), headers={"ETag": revision_etag(error.found)}),
    MassChangeError: _mass_change,
    NothingToPublishError: lambda error: ConflictError(str(error)),
    PlanChangedError: lambda error: ConflictError(str(error)),
    PlanProblemsError: _plan_problems,
    PublishWaitingError: lambda error: ConflictError(str(error)),
}

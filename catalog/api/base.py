"""What every endpoint has: who may call it with which scope, and refusals of actions as problems."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from catalog.actions.errors import RefusedError
from catalog.api.access.permissions import OPEN, PERSON, PUBLIC, SIGNED, HasScope, holds_scope
from catalog.api.access.throttles import LimitedView
from catalog.api.problems import problem_of
from catalog.api.refusals import keep_refusal

__all__ = ["OPEN", "PERSON", "PUBLIC", "SIGNED", "ApiView", "HasScope", "holds_scope"]


class ApiView(LimitedView):
    """A view that says who may call it.

    `scopes` maps GET, POST, ... to PUBLIC, OPEN, SIGNED, PERSON or a scope of `SCOPES`.
    """

    scopes: ClassVar[dict[str, str]] = {}
    permission_classes = (HasScope,)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Which methods there are, in the header `Allow`."""
        return HttpResponse(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 404:
            # What is not there has no methods.
            answer.headers.pop("Allow", None)
        if answer.status_code >= 300:
            # A missing entry may be published the next moment, an old name may be given to another.
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def handle_exception(self, exc: Exception) -> Any:
        error = problem_of(exc) if isinstance(exc, RefusedError) else exc
        keep_refusal(self.request, error)
        return super().handle_exception(error)

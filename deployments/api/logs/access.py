"""Who may read the log of a deployment, when they ask and while they listen."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request

from catalog.api.base import ApiView
from catalog.api.write.common import person_of
from deployments.actions.services.teams import deployments_of
from deployments.models import Deployment


def find_deployment(request: Request, pk: UUID) -> Deployment:
    """Raises NotFound, also for one of a team that the caller does not belong to."""
    found = deployments_of(person_of(request)).filter(pk=pk).first()
    if found is None:
        raise no_deployment(pk)
    return found


def no_deployment(pk: UUID) -> NotFound:
    return NotFound(f"There is no deployment {pk}.")


def ask_again(view: ApiView, request: Request, pk: UUID) -> Callable[[], bool]:
    """Whether the caller of `view` may still read it: signed in, token, permissions and team are read anew each time.

    This counts for no limit.
    """
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    session_type, session_key = type(request.session), request.session.session_key

    def may_read() -> bool:
        again = HttpRequest()
        again.method, again.META = "GET", {"HTTP_AUTHORIZATION": authorization}
        again.session = session_type(session_key)
        again.user = get_user(again)
        asked = view.initialize_request(again)
        try:
            view.check_permissions(asked)
            find_deployment(asked, pk)
        except APIException:
            return False
        return True

    return may_read

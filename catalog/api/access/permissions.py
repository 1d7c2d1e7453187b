"""Who may call a view, by the scopes that it names. Imports no view: the framework reads this while it loads."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from catalog.models import Token
from catalog.models.clients import SCOPES

# Whoever asks, unless the settings want a token for reading, too.
PUBLIC = "public"
# Whoever asks, always: probes, documentation.
OPEN = "open"
# Whoever asks: the view itself judges a signature over what was sent.
SIGNED = "signed"
# Whoever is signed in and may read entries; never a token, which could give itself a longer life or more to do.
PERSON = "person"
NO_TOKENS = "A token cannot do this: sign in, or use manage.py api_token."


class HasScope(BasePermission):
    """The view's `scopes` name one scope for each method; a method without one is refused.

    A token must have the scope, and its owner must have at least one of the permissions behind it; a signed-in person
    needs such a permission only.
    """

    message = "This needs a permission or a token with a scope that you do not have."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in view.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        scope = view.scopes.get(method)
        if scope in (OPEN, SIGNED) or (scope == PUBLIC and settings.REGISTRY_API_PUBLIC):
            return True
        if scope == PERSON and isinstance(request.auth, Token):
            raise PermissionDenied(NO_TOKENS)
        return scope is not None and holds_scope(request, "entries:read" if scope in (PUBLIC, PERSON) else scope)


def holds_scope(request: Request, scope: str) -> bool:
    """Whether the caller may use `scope` here and now; nobody who is anonymous does."""
    person: Any = request.user
    if not person or not person.is_authenticated or not person.is_active:
        return False
    if isinstance(request.auth, Token) and scope not in request.auth.scopes:
        return False
    return any(person.has_perm(permission) for permission in SCOPES[scope])

"""`Authorization: Bearer reg_<id>_<secret>`: the token, and its owner as far as the token goes.

Reference: RFC 6750.
"""

import re

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog.actions.tokens import acting_owner, find_token
from catalog.models import Token, TokenOwner

SCHEME = re.compile("bearer(?![^ ])", re.IGNORECASE)
CHALLENGE = 'Bearer realm="registry"'


class TokenAuthentication(BaseAuthentication):
    """None without the header; 401 for a token that is unknown, expired, revoked, or whose owner may not sign in."""

    def authenticate(self, request: Request) -> tuple[TokenOwner, Token] | None:
        given = request.META.get("HTTP_AUTHORIZATION", "").strip(" ")
        scheme = SCHEME.match(given)
        if scheme is None:
            return None
        token = find_token(given[scheme.end() :].strip(" "))
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return acting_owner(token), token

    def authenticate_header(self, request: Request) -> str:
        # Which of the two is RFC 6750's way to say: nothing was sent, or what was sent is no good.
        sent = SCHEME.match(request.META.get("HTTP_AUTHORIZATION", "").strip(" "))
        return f'{CHALLENGE}, error="invalid_token"' if sent else CHALLENGE

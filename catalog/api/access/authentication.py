"""`Authorization: Bearer reg_<id>_<secret>`: the token, and its owner as far as the token goes.

Reference: RFC 6750.
"""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog.actions.tokens import find_token
from catalog.models import Token, TokenOwner

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """None without the header; 401 for a token that is unknown, expired, revoked, or whose owner may not sign in."""

    def authenticate(self, request: Request) -> tuple[TokenOwner, Token] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != SCHEME.lower():
            return None
        token = find_token(words[1]) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        owner = TokenOwner.objects.get(pk=token.owner_id)
        owner.token = token
        return owner, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME

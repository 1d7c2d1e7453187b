"""Keeps in the audit what a known caller was refused; only so many of an hour, however often they try."""

from django.contrib.auth.models import User
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from catalog.actions.audit import note_refusal

FORBIDDEN = 403
# What a rule says no to: not mistakes in how something was asked.
REFUSED = (FORBIDDEN, 409, 412, 422)


def keep_refusal(request: Request, error: Exception) -> None:
    """Note a refused deed, or anything that is forbidden. Two queries at most, none for who is not known."""
    status = error.status_code if isinstance(error, APIException) else 0
    if status not in REFUSED or (request.method in SAFE_METHODS and status != FORBIDDEN):
        return
    if isinstance(request.user, User):
        detail = error.detail if isinstance(error, APIException) else ""
        note_refusal(f"{request.method} {request.path}", by=request.user, detail=str(detail))

"""Keeps in the audit what no action does: sign-ins, sign-outs, sign-ins that failed, and pages that were refused.

Connected by `CatalogConfig.ready`. Address and request id come from the request that runs (`AuditRecordManager.note`).
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from catalog.actions.revisions import one_line
from catalog.models import AuditRecord
from catalog.models.audit import Verb

# A person who tries every address is noted this often, and no more.
MAX_REFUSALS = 20
REFUSALS_WITHIN = timedelta(hours=1)
# What is read of a name that somebody sent, which may be megabytes.
MAX_NAME = 200


@receiver(user_logged_in)
def note_sign_in(user: User, **kwargs: Any) -> None:
    AuditRecord.objects.note(Verb.SIGNED_IN, by=user, object_name=user.get_username())


@receiver(user_logged_out)
def note_sign_out(user: User | None, **kwargs: Any) -> None:
    """`user` is None if nobody was signed in."""
    if user is not None:
        AuditRecord.objects.note(Verb.SIGNED_OUT, by=user, object_name=user.get_username())


@receiver(user_login_failed)
def note_failed_sign_in(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Only the name is looked at: whatever else was sent may be a password."""
    name = one_line(str(credentials.get("username") or "")[:MAX_NAME])
    AuditRecord.objects.note(Verb.SIGN_IN_FAILED, by=None, object_name=name)


def note_refusal(what: str, *, by: User, detail: str = "") -> None:
    """Keep that a person was refused a page; one query, and only the first `MAX_REFUSALS` of an hour are kept."""
    since = timezone.now() - REFUSALS_WITHIN
    lately = AuditRecord.objects.order_by().filter(verb=Verb.REFUSED, by=by, at__gt=since)
    if lately[:MAX_REFUSALS].count() < MAX_REFUSALS:
        AuditRecord.objects.note(Verb.REFUSED, by=by, object_name=one_line(what[:MAX_NAME]), detail=detail)

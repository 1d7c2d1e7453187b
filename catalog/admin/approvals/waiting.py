"""What waits for approval: newest revisions that are neither approved nor rejected, and those that were rejected."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from catalog.actions.roles import limits_of
from catalog.admin.pages import KINDS, may_view
from catalog.models import Approval, Revision
from catalog.models.history import Decision


def unapproved_revisions(kinds: Collection[str]) -> QuerySet[Revision]:
    """The newest revision of every entry of these kinds, unless it is approved; with its `last_decision`, or ''."""
    is_newest = Q(pk__in=[])
    for kind in kinds:
        unapproved = Q(approved_revision=None) | ~Q(approved_revision=F("latest_revision"))
        entries = KINDS[kind]._default_manager.filter(unapproved, latest_revision__isnull=False).order_by()
        is_newest |= Q(pk__in=entries.values("latest_revision"))
    decisions = Approval.objects.filter(revision=OuterRef("pk")).order_by("-decided_at", "-pk").values("decision")[:1]
    return Revision.objects.filter(is_newest).annotate(last_decision=Coalesce(Subquery(decisions), Value("")))


def waiting_revisions(kinds: Collection[str]) -> QuerySet[Revision]:
    """Those that somebody should look at."""
    return unapproved_revisions(kinds).exclude(last_decision=Decision.REJECTED)


def rejected_revisions(kinds: Collection[str]) -> QuerySet[Revision]:
    """Those that were rejected and not changed since."""
    return unapproved_revisions(kinds).filter(last_decision=Decision.REJECTED)


def kinds_seen_by(request: HttpRequest) -> list[str]:
    """The kinds of entries that the person may look at."""
    return [kind for kind in KINDS if may_view(request, kind)]


def within(limits: Collection[str]) -> Q:
    """Revisions of entries that somebody with these type limits may decide about."""
    return Q(entry_key__startswith="providers/", category__in=limits) if limits else Q()


def count_waiting(request: HttpRequest) -> int:
    """How many decisions the person could make; 0 for somebody who may not approve. Two queries."""
    if not isinstance(request.user, User) or not request.user.has_perm("catalog.approve_revision"):
        return 0
    return waiting_revisions(kinds_seen_by(request)).filter(within(limits_of(request.user))).count()

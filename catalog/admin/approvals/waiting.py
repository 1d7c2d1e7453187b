"""What waits for approval: newest revisions that are neither approved nor rejected, and those that were rejected."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from catalog.admin.pages import KINDS, may_view, type_limits
from catalog.models import Approval, Revision
from catalog.models.history import Decision

# The last word about a revision, '' for none.
LAST_DECISION = Coalesce(
    Subquery(
        Approval.objects.filter(revision=OuterRef("pk")).order_by("-decided_at", "-pk").values("decision")[:1],
        output_field=CharField(),
    ),
    Value(""),
)


def waiting_revisions(kinds: Collection[str]) -> QuerySet[Revision]:
    """Those that somebody should look at."""
    return _unapproved(kinds).annotate(last_decision=LAST_DECISION).exclude(last_decision=Decision.REJECTED)


def rejected_revisions(kinds: Collection[str]) -> QuerySet[Revision]:
    """Those that were rejected and not changed since."""
    return _unapproved(kinds).annotate(last_decision=LAST_DECISION).filter(last_decision=Decision.REJECTED)


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
    return waiting_revisions(kinds_seen_by(request)).filter(within(type_limits(request))).count()


def _unapproved(kinds: Collection[str]) -> QuerySet[Revision]:
    """The newest revision of every entry of these kinds that is not approved."""
    is_newest = Q(pk__in=[])
    for kind in kinds:
        unapproved = Q(approved_revision=None) | ~Q(approved_revision=F("latest_revision"))
        entries = KINDS[kind]._default_manager.filter(unapproved, latest_revision__isnull=False).order_by()
        is_newest |= Q(pk__in=entries.values("latest_revision"))
    return Revision.objects.filter(is_newest)

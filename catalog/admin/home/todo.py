"""What waits for somebody: drafts to approve, approvals to publish, rejected work of one's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from catalog.admin.approvals.waiting import kinds_seen_by, rejected_revisions, waiting_revisions
from catalog.admin.pages import KINDS, person_of
from catalog.admin.people.targets import Target, entry_targets
from catalog.models import Approval, Revision

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A revision with its entry; `comment` is what was said when it was rejected."""

    target: Target
    revision: Revision
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    count: int
    newest: Sequence[Line]


def find_waiting(request: HttpRequest) -> Todo:
    """What waits for approval. Five queries at most, like the others."""
    return _todo(request, waiting_revisions(kinds_seen_by(request)))


def find_unpublished(request: HttpRequest) -> Todo:
    """What is approved, but not what readers see."""
    is_approved = Q(pk__in=[])
    for kind in kinds_seen_by(request):
        behind = KINDS[kind]._default_manager.filter(approved_revision__isnull=False)
        behind = behind.exclude(live_revision__isnull=False, live_revision=F("approved_revision")).order_by()
        is_approved |= Q(pk__in=behind.values("approved_revision"))
    return _todo(request, Revision.objects.filter(is_approved))


def find_rejected(request: HttpRequest) -> Todo:
    """The person's own work that was rejected and not changed since."""
    comments = Approval.objects.filter(revision=OuterRef("pk")).order_by("-decided_at", "-pk").values("comment")[:1]
    mine = rejected_revisions(kinds_seen_by(request)).filter(author=person_of(request))
    return _todo(request, mine.annotate(said=Subquery(comments)))


def _todo(request: HttpRequest, revisions: QuerySet[Revision]) -> Todo:
    newest = list(revisions.defer("canonical").select_related("author").order_by("-pk")[:SHOWN])
    count = len(newest) if len(newest) < SHOWN else revisions.count()
    return Todo(count, lines_of(request, newest))


def lines_of(request: HttpRequest, revisions: Sequence[Revision]) -> list[Line]:
    """One query for each kind of entry."""
    targets = entry_targets(request, {revision.entry_key for revision in revisions})
    return [
        Line(targets[revision.entry_key], revision, getattr(revision, "said", ""))
        for revision in revisions
        if revision.entry_key in targets
    ]

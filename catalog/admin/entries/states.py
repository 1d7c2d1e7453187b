"""Where an entry stands, as badges: its newest revision, what is live of it, and its lifecycle."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.models import Approval, CatalogEntry
from catalog.models.choices import Lifecycle
from catalog.models.history import Decision

AnyEntry = TypeVar("AnyEntry", bound=CatalogEntry)


class State(models.TextChoices):
    """Every state that an entry can show; one that is live and has a newer revision shows two."""

    DRAFT = "draft"
    REJECTED = "rejected"
    APPROVED = "approved"
    LIVE = "live"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Badge:
    """`tone` is good, warn, bad or note; `meaning` says it in a sentence."""

    text: str
    tone: str
    meaning: str


BADGES = {
    State.DRAFT: Badge("Draft", "warn", "The newest revision waits for approval."),
    State.REJECTED: Badge("Rejected", "bad", "The newest revision was rejected and has to be changed."),
    State.APPROVED: Badge("Approved", "note", "The newest revision is approved and waits to be published."),
    State.LIVE: Badge("Live", "good", "Readers of the registry see the newest revision."),
    State.BEHIND: Badge("Behind", "warn", "Readers see an older revision; the newest is not published yet."),
}
LIFECYCLE_BADGES = {
    Lifecycle.DEPRECATED: Badge("Deprecated", "warn", "Still usable, with a warning."),
    Lifecycle.DISABLED: Badge("Disabled", "bad", "Listed, but refuses new services."),
    Lifecycle.REMOVED: Badge("Removed", "bad", "Gone; only a note of that is published."),
}
IS_LIVE = Q(live_revision__isnull=False, live_revision=F("latest_revision"))
IS_APPROVED = Q(approved_revision__isnull=False, approved_revision=F("latest_revision"))
IS_REJECTED = Q(newest_decision=Decision.REJECTED)
CONDITIONS = {
    State.DRAFT: ~IS_LIVE & ~IS_APPROVED & ~(Q(newest_decision__isnull=False) & IS_REJECTED),
    State.REJECTED: ~IS_LIVE & ~IS_APPROVED & IS_REJECTED,
    State.APPROVED: ~IS_LIVE & IS_APPROVED,
    State.LIVE: IS_LIVE,
    State.BEHIND: ~IS_LIVE & Q(live_revision__isnull=False),
}
# What needs somebody first: drafts, then what waits to be published, then what is live.
STATE_ORDER = Case(
    When(IS_LIVE, then=Value(2)), When(IS_APPROVED, then=Value(1)), default=Value(0), output_field=IntegerField()
)


def with_decision(entries: "QuerySet[AnyEntry]") -> "QuerySet[AnyEntry]":
    """The entries with `newest_decision`, the last word about the newest revision; no further query."""
    decisions = Approval.objects.filter(revision=OuterRef("latest_revision")).order_by("-decided_at", "-pk")
    annotated: Any = entries.annotate(newest_decision=Subquery(decisions.values("decision")[:1]))
    found: QuerySet[AnyEntry] = annotated
    return found


def states_of(entry: CatalogEntry) -> list[State]:
    """One or two states. One query if the entry does not come from `with_decision`, else none."""
    if entry.is_live:
        return [State.LIVE]
    behind = [State.BEHIND] if entry.live_revision_id else []
    if entry.is_approved:
        return [*behind, State.APPROVED]
    return [*behind, State.REJECTED if _newest_decision(entry) == Decision.REJECTED else State.DRAFT]


def badges_of(entry: CatalogEntry) -> list[Badge]:
    """The states and, unless it is active, the lifecycle."""
    lifecycle = LIFECYCLE_BADGES.get(Lifecycle(entry.lifecycle_state))
    return [BADGES[state] for state in states_of(entry)] + ([lifecycle] if lifecycle else [])


def badges_html(entry: CatalogEntry) -> SafeString:
    return format_html_join(
        " ",
        '<span class="rg-badge rg-badge--{}" title="{}">{}</span>',
        ((badge.tone, badge.meaning, badge.text) for badge in badges_of(entry)),
    )


def _newest_decision(entry: CatalogEntry) -> str:
    if hasattr(entry, "newest_decision"):
        return str(entry.newest_decision)
    decision = Approval.objects.filter(revision=entry.latest_revision_id).order_by("-decided_at", "-pk").first()
    return decision.decision if decision else ""

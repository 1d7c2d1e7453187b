"""One revision that waits, as the queue shows it: who, when, why, what differs, and what its reader may decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from catalog.actions.approvals import keys_of_own_work
from catalog.actions.roles import fits_limits
from catalog.admin.differences import Row, is_brief, readable
from catalog.admin.pages import KINDS, person_of, type_limits
from catalog.documents.mapping import kind_of
from catalog.models import Approval, CatalogEntry, Revision
from catalog.models.history import Decision

OWN_WORK = (
    "You are an author of this change. Two people must look at every change here, so somebody else has to approve it."
)
BEYOND_LIMITS = "You decide about providers of other types only."


@dataclass(frozen=True, slots=True)
class Comparisons:
    """`from_live` differs from what readers see; `from_approved` from what was approved since, None if nothing was."""

    from_live: list[Row]
    from_approved: list[Row] | None
    live_number: int | None
    approved_number: int | None

    @property
    def opens_approved(self) -> bool:
        return self.from_approved is not None and is_brief(self.from_approved)

    @property
    def opens_live(self) -> bool:
        return self.from_approved is None and is_brief(self.from_live)


@dataclass(frozen=True, slots=True)
class Item:
    """`hindrance` says in words why `may_approve` is false; empty for somebody who never approves anything."""

    revision: Revision
    entry: CatalogEntry
    address: str
    comparisons: Comparisons
    may_approve: bool
    may_reject: bool
    hindrance: str
    rejection: Approval | None

    @property
    def token(self) -> str:
        """What a form sends to say: this revision, as I have seen it."""
        return f"{self.revision.entry_key}@{self.revision.number}"


def items_of(request: HttpRequest, revisions: Sequence[Revision]) -> list[Item]:
    """Six queries at the most, however many revisions."""
    entries = _entries_of(revisions)
    rejections = _rejections_of(revisions)
    hindrances = hindrances_of(request, [entries[revision.pk] for revision in revisions if revision.pk in entries])
    return [
        _item(revision, entries[revision.pk], hindrances, rejections.get(revision.pk))
        for revision in revisions
        if revision.pk in entries
    ]


def hindrances_of(request: HttpRequest, entries: Sequence[CatalogEntry]) -> dict[str, str] | None:
    """Key -> why the person may not approve the entry; None for somebody who may approve nothing. Two queries."""
    if not request.user.has_perm("catalog.approve_revision"):
        return None
    hindrances = dict.fromkeys(keys_of_own_work(entries, by=person_of(request)), OWN_WORK)
    limits = type_limits(request)
    beyond = [entry.key for entry in entries if not fits_limits(limits, key=entry.key)]
    return hindrances | dict.fromkeys(beyond, BEYOND_LIMITS)


def compare(entry: CatalogEntry, revision: Revision) -> Comparisons:
    """What differs from the two revisions that an approver knows."""
    live, approved = entry.live_revision, entry.approved_revision
    is_new_step = approved is not None and approved.pk not in (entry.live_revision_id, revision.pk)
    return Comparisons(
        from_live=readable(entry.kind, live.document if live else {}, revision.document),
        from_approved=readable(entry.kind, approved.document, revision.document) if approved and is_new_step else None,
        live_number=live.number if live else None,
        approved_number=approved.number if approved else None,
    )


def _item(
    revision: Revision, entry: CatalogEntry, hindrances: dict[str, str] | None, rejection: Approval | None
) -> Item:
    hindrance = (hindrances or {}).get(entry.key, "")
    return Item(
        revision=revision,
        entry=entry,
        address=reverse("pages:review", args=(entry.kind, entry.pk)),
        comparisons=compare(entry, revision),
        may_approve=hindrances is not None and not hindrance,
        may_reject=hindrances is not None and hindrance != BEYOND_LIMITS and rejection is None,
        hindrance=hindrance,
        rejection=rejection,
    )


def _entries_of(revisions: Sequence[Revision]) -> dict[int, CatalogEntry]:
    """Id of a newest revision -> its entry, with what is live and approved. A query for each kind."""
    entries: dict[int, CatalogEntry] = {}
    for kind in {kind_of(revision.entry_key) for revision in revisions}:
        found = KINDS[kind]._default_manager.filter(latest_revision__in=[revision.pk for revision in revisions])
        for entry in found.select_related("approved_revision", "live_revision"):
            if entry.latest_revision_id is not None:
                entries[entry.latest_revision_id] = entry
    return entries


def _rejections_of(revisions: Sequence[Revision]) -> dict[int, Approval]:
    """Id of a revision -> its last decision, where that is a rejection."""
    decisions = Approval.objects.filter(revision__in=[revision.pk for revision in revisions])
    in_order = decisions.select_related("decided_by").order_by("decided_at", "pk")
    last = {decision.revision_id: decision for decision in in_order}
    return {pk: decision for pk, decision in last.items() if decision.decision == Decision.REJECTED}

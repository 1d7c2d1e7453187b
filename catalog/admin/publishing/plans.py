"""Plans as people read them: counts, a page of the changes in sections, and what differs, member by member."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from catalog.admin.differences import Row, is_brief, readable
from catalog.admin.entries.tabs import addresses_of
from catalog.admin.pages import may_view
from catalog.documents.mapping import kind_of
from catalog.models import Revision
from catalog.publishing.plan import Change
from catalog.publishing.tree import copy_path

PER_PAGE = 25
VERBS = ("added", "changed", "removed")


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One change with its revisions; `address` is empty for somebody who may not look at the entry."""

    key: str
    verb: str
    old: Revision | None
    new: Revision | None
    name: str = ""
    address: str = ""
    differences: Sequence[Row] = ()
    warnings: Sequence[str] = ()

    @property
    def is_brief(self) -> bool:
        return is_brief(self.differences)

    @property
    def path(self) -> str:
        """The file that readers know it by."""
        return copy_path(self.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` of all changes and `counts` by verb; `changes` are those of the page, of the chosen `verb` or of all."""

    count: int
    counts: Mapping[str, int]
    verb: str
    page: "Page[Change]"
    changes: Sequence[ShownChange] = field(default_factory=list)

    @property
    def sections(self) -> list[tuple[str, int, list[ShownChange]]]:
        """(verb, count of all with it, those on the page), without empty ones."""
        found = [(verb, self.counts[verb], [each for each in self.changes if each.verb == verb]) for verb in VERBS]
        return [section for section in found if section[2]]

    @property
    def tabs(self) -> list[tuple[str, int]]:
        """(verb, count) for links, without empty ones; no choice if there is one verb only."""
        tabs = [(verb, self.counts[verb]) for verb in VERBS if self.counts[verb]]
        return tabs if len(tabs) > 1 else []


def show_plan(
    request: HttpRequest, changes: Iterable[Change], *, warnings: Mapping[str, Sequence[str]] | None = None
) -> Plan:
    """The page of the plan that the address asks for (`verb`, `page`). Five queries, however many changes."""
    by_verb: dict[str, list[Change]] = {verb: [] for verb in VERBS}
    for change in changes:
        by_verb[change.verb].append(change)
    verb = request.GET.get("verb", "")
    chosen = by_verb[verb] if verb in by_verb else [change for each in by_verb.values() for change in each]
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    return Plan(
        count=sum(map(len, by_verb.values())),
        counts={name: len(each) for name, each in by_verb.items()},
        verb=verb if verb in by_verb else "",
        page=page,
        changes=_shown(request, list(page.object_list), warnings or {}),
    )


def _shown(request: HttpRequest, changes: Sequence[Change], warnings: Mapping[str, Sequence[str]]) -> list[ShownChange]:
    ids = {side.revision_id for change in changes for side in (change.old, change.new) if side}
    revisions = Revision.objects.select_related("author").in_bulk(ids)
    seen = [change.key for change in changes if may_view(request, kind_of(change.key))]
    addresses = addresses_of(seen, page="review")
    return [
        _show(
            change,
            old=revisions[change.old.revision_id] if change.old else None,
            new=revisions[change.new.revision_id] if change.new else None,
            address=addresses.get(change.key, ""),
            warnings=warnings.get(change.key, ()),
        )
        for change in changes
    ]


def _show(
    change: Change, *, old: Revision | None, new: Revision | None, address: str, warnings: Sequence[str]
) -> ShownChange:
    before: Mapping[str, Any] = old.document if old else {}
    if change.verb == "added":
        # What a removed entry was before it was removed is no news to anybody.
        before = {}
    newest = new or old
    return ShownChange(
        key=change.key,
        verb=change.verb,
        old=old,
        new=new,
        name=newest.document.get("display_name", change.key) if newest else change.key,
        address=address,
        differences=readable(kind_of(change.key), before, new.document) if new else (),
        warnings=warnings,
    )

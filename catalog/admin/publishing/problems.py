"""What keeps a plan from being published, each with the way to the form field that puts it right."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog.actions.roles import fits_limits
from catalog.admin.differences import member_label
from catalog.admin.direction import isolated
from catalog.admin.entries.tabs import form_of, page_of
from catalog.admin.pages import KINDS, may_change, may_view, type_limits
from catalog.documents.mapping import field_of_member, kind_of
from catalog.models import CatalogEntry
from catalog.models.choices import Lifecycle
from catalog.publishing.plan import EntryProblem

MAX_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """`where` names the field in words; `address` is empty for somebody who may not change the entry, and
    `entry_address` for somebody who may not look at it."""

    name: str
    entry_address: str
    where: str
    message: str
    address: str


def show_problems(request: HttpRequest, problems: Sequence[EntryProblem]) -> list[ShownProblem]:
    """The first of them; a query for each kind at the most."""
    shown = problems[:MAX_SHOWN]
    entries = _find_entries({key for each in shown for key in (each.key, each.target) if key})
    return [
        ShownProblem(
            name=_name_of(entries, problem.key),
            entry_address=form_of(entries[problem.key]) if _may_open(request, entries, problem.key) else "",
            where=_where(problem),
            message=_message(problem, entries),
            address=_address(request, problem, entries.get(problem.key)),
        )
        for problem in shown
    ]


def _find_entries(keys: Collection[str]) -> dict[str, CatalogEntry]:
    """By key; a query for each kind."""
    found: dict[str, CatalogEntry] = {}
    for kind in {kind_of(key) for key in keys}:
        model: Any = KINDS[kind]
        rows = model.objects.filter(key__in=keys).only("key", "display_name", "lifecycle_state")
        found |= {entry.key: entry for entry in rows}
    return found


def _name_of(entries: Mapping[str, CatalogEntry], key: str) -> str:
    return entries[key].display_name if key in entries else key


def _may_open(request: HttpRequest, entries: Mapping[str, CatalogEntry], key: str) -> bool:
    return key in entries and may_view(request, kind_of(key))


def _message(problem: EntryProblem, entries: Mapping[str, CatalogEntry]) -> str:
    """As the plan says it, but for what is missing, which business people know by its name."""
    if problem.target not in entries:
        return problem.message
    missing = entries[problem.target]
    name = isolated(missing.display_name)
    if missing.lifecycle_state == Lifecycle.REMOVED:
        return f"It needs {name}, which is removed. Bring {name} back, or choose another one."
    return f"It needs {name}, which is not published. Have {name} approved too, or choose another one."


def _address(request: HttpRequest, problem: EntryProblem, entry: CatalogEntry | None) -> str:
    """Of the field that puts it right. The lifecycle has a page of its own; everything else is in the form."""
    if entry is None or not may_change(request, entry.kind) or not fits_limits(type_limits(request), key=entry.key):
        return ""
    page = page_of(entry, "lifecycle") if problem.path.startswith("/lifecycle") else form_of(entry)
    return f"{page}{_anchor(problem)}"


def _where(problem: EntryProblem) -> str:
    """The field in words; which item of a list it is says the message."""
    return member_label(kind_of(problem.key), re.sub(r"/\d+$", "", problem.path)) if problem.path else ""


def _anchor(problem: EntryProblem) -> str:
    member, _, rest = problem.path.lstrip("/").partition("/")
    if member == "lifecycle":
        return f"#{rest}" if rest else ""
    field = field_of_member(kind_of(problem.key), member)
    return f"#id_{field}" if field else ""

"""What keeps a plan from being published, each with the way to the form field that puts it right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from catalog.actions.roles import fits_limits
from catalog.admin.differences import member_label
from catalog.admin.entries.tabs import addresses_of
from catalog.admin.pages import may_change, type_limits
from catalog.documents.mapping import field_of_member, kind_of
from catalog.publishing.plan import EntryProblem

MAX_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """`where` names the field in words; `address` is empty for somebody who may not change the entry."""

    key: str
    where: str
    message: str
    address: str


def show_problems(request: HttpRequest, problems: Sequence[EntryProblem]) -> list[ShownProblem]:
    """The first of them; two queries for each kind at the most."""
    shown = problems[:MAX_SHOWN]
    limits = type_limits(request)
    keys = {each.key for each in shown if may_change(request, kind_of(each.key)) and fits_limits(limits, key=each.key)}
    pages = {page: addresses_of(keys, page=page) for page in {_page_of(problem) for problem in shown}}
    return [
        ShownProblem(
            key=problem.key,
            where=_where(problem),
            message=problem.message,
            address=f"{address}{_anchor(problem)}" if address else "",
        )
        for problem in shown
        for address in [pages[_page_of(problem)].get(problem.key, "")]
    ]


def _where(problem: EntryProblem) -> str:
    """The field in words; which item of a list it is says the message."""
    return member_label(kind_of(problem.key), re.sub(r"/\d+$", "", problem.path)) if problem.path else ""


def _page_of(problem: EntryProblem) -> str:
    """The lifecycle has a page of its own; everything else is in the form."""
    return "lifecycle" if problem.path.startswith("/lifecycle") else "form"


def _anchor(problem: EntryProblem) -> str:
    member, _, rest = problem.path.lstrip("/").partition("/")
    if member == "lifecycle":
        return f"#{rest}" if rest else ""
    field = field_of_member(kind_of(problem.key), member)
    return f"#id_{field}" if field else ""

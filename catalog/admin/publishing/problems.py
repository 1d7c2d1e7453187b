"""What keeps a plan from being published, each with the way to the form field that puts it right."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from catalog.admin.differences import member_label
from catalog.admin.pages import may_change
from catalog.documents.mapping import field_of_member, kind_of
from catalog.models import ENTRY_MODELS
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
    """The first of them, a query for each kind."""
    shown = problems[:MAX_SHOWN]
    forms = _forms(request, {problem.key for problem in shown})
    return [
        ShownProblem(
            key=problem.key,
            where=member_label(kind_of(problem.key), problem.path) if problem.path else "",
            message=problem.message,
            address=f"{forms[problem.key]}{_anchor(problem)}" if problem.key in forms else "",
        )
        for problem in shown
    ]


def _forms(request: HttpRequest, keys: set[str]) -> dict[str, str]:
    """Key -> address of its form, where the person may change it."""
    forms = {}
    for model in ENTRY_MODELS:
        if may_change(request, model.kind):
            rows = model.objects.filter(key__in=keys).values_list("key", "pk")
            forms.update({key: reverse(f"admin:catalog_{model.kind}_change", args=(pk,)) for key, pk in rows})
    return forms


def _anchor(problem: EntryProblem) -> str:
    member, _, rest = problem.path.lstrip("/").partition("/")
    field = f"lifecycle_{rest}" if member == "lifecycle" and rest else field_of_member(kind_of(problem.key), member)
    return f"#id_{field}" if field else ""

"""The columns of the lists of entries: which there are, which a person sees, and the page to choose them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.columns import choose_columns, forget_columns
from catalog.actions.errors import RefusedError
from catalog.admin.pages import KINDS, may_view, person_of, render_page, whole_number
from catalog.models import ListColumns

# Always there, since it leads to the entry.
NAME = "display_name"
PRICED = {
    "tier_name": "Tier name",
    "monthly_cost": "Monthly cost",
    "setup_cost": "Setup cost",
    "complexity": "Complexity",
    "performance": "Performance",
    "hosting": "Hosting pattern",
    "markets": "Target market",
    "variants": "Template variants",
}
TEXTS = {"engines": "Site engines", "features": "Key features", "best_for": "Best for", "website": "Website"}
HISTORY = {"state": "State", "changed_at": "Last change", "changed_by": "Changed by", "revision": "Revision"}
COLUMNS: dict[str, dict[str, str]] = {
    "provider": {NAME: "Display name", "key": "Key", "provider_type": "Type", "category_name": "Category"}
    | PRICED
    | TEXTS
    | {"backend": "Backend"}
    | HISTORY,
    "builder": {NAME: "Display name", "key": "Key", "category": "Category", "backend": "Backend"} | TEXTS | HISTORY,
    "stack": {
        NAME: "Display name",
        "key": "Key",
        "category": "Category",
        "builder_name": "Builder",
        "parts": "Providers",
    }
    | PRICED
    | {"benefits": "Key benefits"}
    | TEXTS
    | HISTORY,
}
DEFAULTS: dict[str, tuple[str, ...]] = {
    "provider": (NAME, "provider_type", "monthly_cost", "complexity", "changed_at", "state"),
    "builder": (NAME, "category", "engines", "changed_at", "state"),
    "stack": (NAME, "category", "monthly_cost", "complexity", "changed_at", "state"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the page: a column, whether it is shown, and its place."""

    name: str
    title: str
    is_shown: bool
    position: int
    is_fixed: bool


def columns_of(request: HttpRequest, kind: str) -> tuple[str, ...]:
    """The columns of the list of `kind` for who is asking. One query."""
    chosen = ListColumns.objects.filter(person=person_of(request), kind=kind).values_list("columns", flat=True).first()
    known = [name for name in chosen or () if name in COLUMNS[kind]]
    return tuple(known if NAME in known else [NAME, *known]) if known else DEFAULTS[kind]


def columns_page(request: HttpRequest, kind: str) -> HttpResponse:
    """GET shows, POST keeps the choice (`show` once for each column, `position-<column>`) or forgets it (`reset`)."""
    if kind not in KINDS:
        raise Http404
    if not may_view(request, kind):
        raise PermissionDenied
    back = reverse(f"admin:catalog_{kind}_changelist")
    if request.method == "POST":
        try:
            _keep(request, kind)
        except RefusedError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(back)
    shown = columns_of(request, kind)
    names = [*shown, *(name for name in COLUMNS[kind] if name not in shown)]
    choices = [
        Choice(name, COLUMNS[kind][name], is_shown=name in shown, position=at, is_fixed=name == NAME)
        for at, name in enumerate(names, 1)
    ]
    return render_page(request, "columns.html", title=f"Columns of the list of {kind}s", choices=choices, back=back)


def _keep(request: HttpRequest, kind: str) -> None:
    if "reset" in request.POST:
        forget_columns(kind, by=person_of(request))
        messages.success(request, "The list shows its usual columns again.")
        return
    wanted = {NAME, *request.POST.getlist("show")}
    known = [name for name in COLUMNS[kind] if name in wanted]
    known.sort(key=lambda name: whole_number(request.POST.get(f"position-{name}", "")) or 0)
    choose_columns(kind, columns=known, by=person_of(request))
    messages.success(request, "The list shows the columns that you chose.")

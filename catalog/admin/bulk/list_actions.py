"""What can be done with a selection of a list, for `actions` of the lists of entries."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from catalog.actions.bulk import MAX_ENTRIES
from catalog.admin.bulk.edits import choose_fields
from catalog.admin.bulk.exports import answer_with_file

ListAction = Callable[[Any, HttpRequest, "QuerySet[Any]"], HttpResponse | None]


@admin.action(description="Edit fields of the selected", permissions=["change"])
def edit_selected(model_admin: Any, request: HttpRequest, entries: "QuerySet[Any]") -> HttpResponse | None:
    """Opens the page on which fields and values are chosen."""
    count = entries.count()
    if count > MAX_ENTRIES:
        messages.error(
            request,
            f"{count:,} entries are selected; {MAX_ENTRIES:,} can be edited at once. Filter the list, or export it, "
            "change the file and import it.",
        )
        return None
    return choose_fields(request, entries.model.kind, list(entries.values_list("pk", flat=True)))


def _exporting(file_format: str, *, title: str) -> ListAction:
    @admin.action(description=f"Export the selected as {title}", permissions=["view"])
    def export_selected(model_admin: Any, request: HttpRequest, entries: "QuerySet[Any]") -> HttpResponse | None:
        return answer_with_file(request, entries, file_format)

    # The name is the action's address; there may be only one of each.
    export_selected.__name__ = f"export_selected_as_{file_format}"
    return export_selected


LIST_ACTIONS: tuple[ListAction, ...] = (
    edit_selected,
    _exporting("csv", title="CSV"),
    _exporting("xlsx", title="Excel (XLSX)"),
    _exporting("json", title="JSON"),
)

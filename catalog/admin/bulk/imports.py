"""Import a file: upload it, look at what it would do, write all of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.errors import RefusedError
from catalog.actions.imports import MAX_WRITES, apply_import, count_verdicts, count_writes, try_import
from catalog.actions.proposals import Verdict
from catalog.actions.revisions import MAX_NOTE, clean_note
from catalog.admin.bulk.reference import reference
from catalog.admin.bulk.results import shown_rows
from catalog.admin.pages import KINDS, keep_refusal, person_of, render_page
from catalog.documents.uploads import MAX_FILE_BYTES, MAX_ROWS, UploadError, refuse_size
from catalog.models import Import

PER_PAGE = 50
RECENT = 5
ORDER = [Verdict.ERROR, Verdict.UPDATE, Verdict.CREATE, Verdict.UNCHANGED]


def import_page(request: HttpRequest) -> HttpResponse:
    """GET explains and offers the upload; POST (`file`) makes the dry run and leads to it."""
    kinds = kinds_to_import(request)
    if not kinds:
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        try:
            made = _upload(request)
        except RefusedError as refusal:
            error = str(refusal)
        else:
            return HttpResponseRedirect(reverse("pages:import-result", args=(made.pk,)))
    return render_page(
        request,
        "import.html",
        title="Import",
        error=error,
        max_megabytes=MAX_FILE_BYTES // 1_000_000,
        max_rows=f"{MAX_ROWS:,}",
        max_writes=f"{MAX_WRITES:,}",
        reference=[(kind, reference(kind)) for kind in kinds],
        recent=Import.objects.filter(requested_by=person_of(request)).defer("rows")[:RECENT],
    )


def import_result_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the dry run (`show` a verdict, `page`), POST writes it (`note`); for who uploaded the file only."""
    if not kinds_to_import(request):
        raise PermissionDenied
    found = Import.objects.filter(pk=pk, requested_by=person_of(request)).first()
    if found is None:
        raise Http404
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _apply(request, pk)
        if not errors:
            return HttpResponseRedirect(request.path)
    verdict = request.GET.get("show", "")
    page = _page(found.rows, verdict, request.GET.get("page"))
    counts = count_verdicts(found.rows)
    return render_page(
        request,
        "import_result.html",
        title=f"Import of {found.file_name}",
        found=found,
        counts=[(value, Verdict(value).label, count) for value, count in counts.items()],
        total=len(found.rows),
        wrong=counts[Verdict.ERROR],
        writes=count_writes(found.rows),
        max_writes=MAX_WRITES,
        max_writes_shown=f"{MAX_WRITES:,}",
        show=verdict if verdict in Verdict.values else "",
        page=page,
        rows=shown_rows(list(page), is_applied=found.applied_at is not None),
        note=request.POST.get("note", ""),
        max_note=MAX_NOTE,
        errors=errors,
    )


def kinds_to_import(request: HttpRequest) -> list[str]:
    """The kinds of which the person may add or change entries."""
    return [
        kind for kind in KINDS if any(request.user.has_perm(f"catalog.{deed}_{kind}") for deed in ("add", "change"))
    ]


def _upload(request: HttpRequest) -> Import:
    """Raises RefusedError."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise RefusedError("Choose a file first.")
    try:
        refuse_size(file.size or 0)
    except UploadError as error:
        raise RefusedError(str(error)) from error
    return try_import(file.read(), file_name=file.name or "", by=person_of(request))


def _apply(request: HttpRequest, pk: int) -> dict[str, str]:
    """Nothing, or what was refused: at the `note` or for the whole `page`."""
    note = request.POST.get("note", "")
    try:
        clean_note(note)
    except RefusedError as error:
        return {"note": str(error)}
    try:
        apply_import(pk, note=note, by=person_of(request))
    except RefusedError as error:
        return {"page": keep_refusal(request, error)}
    messages.success(request, "All of it is written. Each entry has a new draft revision to approve.")
    return {}


def _page(rows: list[dict[str, Any]], verdict: str, number: str | None) -> Page[dict[str, Any]]:
    """Without a choice all rows, what has to be looked at first."""
    if verdict in Verdict.values:
        wanted = [row for row in rows if row["verdict"] == verdict]
    else:
        wanted = sorted(rows, key=lambda row: ORDER.index(row["verdict"]))
    return Paginator(wanted, PER_PAGE).get_page(number)

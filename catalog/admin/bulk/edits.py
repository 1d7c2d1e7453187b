"""Edit fields of a selection in three steps: choose, look, write. Each step sends what the ones before have chosen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.actions.bulk import MAX_ENTRIES, apply_edits, propose_edits
from catalog.actions.errors import RefusedError
from catalog.actions.proposals import Proposal, Verdict
from catalog.actions.revisions import MAX_NOTE, clean_note
from catalog.actions.wording import plain_message
from catalog.admin.bulk.fields import Field, column_label, fields_of
from catalog.admin.bulk.results import TONES
from catalog.admin.differences import readable
from catalog.admin.pages import KINDS, keep_refusal, may_change, person_of, render_page, whole_number
from catalog.documents.tables import column_of

PER_PAGE = 50
ORDER = [Verdict.ERROR, Verdict.UPDATE, Verdict.UNCHANGED, Verdict.CREATE]


def edit_page(request: HttpRequest, kind: str) -> HttpResponse:
    """POST only: `step` (choose, preview, write), `entries` (ids with the revisions that were shown), the fields."""
    if kind not in KINDS:
        raise Http404
    if not may_change(request, kind):
        raise PermissionDenied
    numbers = _numbers_of(request.POST.get("entries", ""))
    if not numbers:
        messages.error(request, "Select entries in the list first.")
        return HttpResponseRedirect(reverse(f"admin:catalog_{kind}_changelist"))
    fields = fields_of(kind, _sent(request))
    step = request.POST.get("step")
    if step == "choose" or any(field.error for field in fields):
        return choose_fields(request, kind, list(numbers), fields=fields)
    if not any(field.edit for field in fields):
        return choose_fields(request, kind, list(numbers), fields=fields, error="Choose at least one field to change.")
    try:
        return _write(request, kind, numbers, fields) if step == "write" else _preview(request, kind, numbers, fields)
    except RefusedError as error:
        return choose_fields(request, kind, list(numbers), fields=fields, error=keep_refusal(request, error))


def choose_fields(
    request: HttpRequest, kind: str, pks: Sequence[int], *, fields: Sequence[Field] = (), error: str = ""
) -> HttpResponse:
    """The first step: what to do with which field."""
    return render_page(
        request,
        "bulk_edit.html",
        title=f"Edit {len(pks):,} {_noun(kind, len(pks))}",
        kind=kind,
        entries=",".join(map(str, pks)),
        fields=fields or fields_of(kind, {}),
        note=request.POST.get("note", ""),
        error=error,
    )


def _write(request: HttpRequest, kind: str, numbers: Mapping[int, int], fields: Sequence[Field]) -> HttpResponse:
    note = request.POST.get("note", "")
    try:
        clean_note(note)
    except RefusedError as error:
        return _preview(request, kind, numbers, fields, note_error=str(error))
    edits = [field.edit for field in fields if field.edit]
    try:
        count = apply_edits(kind, numbers, edits, note=note, by=person_of(request))
    except RefusedError as error:
        return _preview(request, kind, numbers, fields, error=keep_refusal(request, error))
    messages.success(request, f"{count:,} {_noun(kind, count)} changed; each has a new draft revision to approve.")
    return HttpResponseRedirect(reverse(f"admin:catalog_{kind}_changelist"))


def _preview(
    request: HttpRequest,
    kind: str,
    numbers: Mapping[int, int],
    fields: Sequence[Field],
    *,
    error: str = "",
    note_error: str = "",
) -> HttpResponse:
    """The second step: what each entry would become. Raises RefusedError."""
    edits = [field.edit for field in fields if field.edit]
    proposals = propose_edits(kind, list(numbers), edits, by=person_of(request))
    if request.POST.get("without_errors"):
        proposals = [proposal for proposal in proposals if not proposal.problems]
    counts = Counter(proposal.verdict for proposal in proposals)
    proposals.sort(key=lambda proposal: ORDER.index(proposal.verdict))
    page = Paginator(proposals, PER_PAGE).get_page(request.POST.get("page"))
    return render_page(
        request,
        "bulk_preview.html",
        title=f"Edit {len(proposals):,} {_noun(kind, len(proposals))}",
        kind=kind,
        entries=",".join(f"{proposal.line}:{proposal.number}" for proposal in proposals),
        fields=[field for field in fields if field.operation],
        counts={verdict.value: counts[verdict] for verdict in Verdict},
        page=page,
        rows=[_shown(proposal) for proposal in page],
        note=request.POST.get("note", ""),
        max_note=MAX_NOTE,
        error=error,
        note_error=note_error,
    )


def _shown(proposal: Proposal) -> dict[str, Any]:
    before, document = proposal.before or {}, proposal.document or {}
    return {
        "name": before.get("display_name", proposal.key),
        "key": proposal.key,
        "address": reverse(f"admin:catalog_{proposal.kind}_change", args=(proposal.line,)),
        "verdict": proposal.verdict,
        "tone": TONES[proposal.verdict],
        "differences": readable(proposal.kind, before, document) if proposal.verdict == Verdict.UPDATE else [],
        "problems": [
            {
                "column": column_label(proposal.kind, column_of(proposal.kind, problem.path)),
                "message": plain_message(proposal.kind, problem),
            }
            for problem in proposal.problems
        ],
    }


def _numbers_of(text: str) -> dict[int, int]:
    """`12:3,15` -> `{12: 3, 15: 0}`: ids with the revision that was shown; what is none is left out."""
    pairs = [part.partition(":") for part in text.split(",", MAX_ENTRIES + 1)]
    numbers = {whole_number(pk): whole_number(number) or 0 for pk, _, number in pairs}
    return {pk: number for pk, number in numbers.items() if pk is not None}


def _sent(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _noun(kind: str, count: int) -> str:
    return kind if count == 1 else f"{kind}s"

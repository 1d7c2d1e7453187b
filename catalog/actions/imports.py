"""Import a file in two steps: a dry run that writes nothing but itself, then all of it at once or nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.actions.batches import judge, write_together
from catalog.actions.errors import RefusedError
from catalog.actions.proposals import Proposal, Verdict, find_current, key_from
from catalog.actions.revisions import Change, clean_note, one_line
from catalog.actions.wording import plain_message
from catalog.documents.mapping import Document
from catalog.documents.tables import IDENTITY, cells_of, column_of, document_from_cells
from catalog.documents.uploads import Line, Upload, UploadError, read_upload
from catalog.models import AuditRecord, Import
from catalog.models.audit import Verb
from catalog.models.history import RevisionSource
from catalog.schemas.validation import Problem

KEPT = timedelta(days=1)
# Others wait while an import is written: some eight milliseconds for each entry.
MAX_WRITES = 2_000
MAX_PROBLEMS = 20
MAX_TEXT = 300


def try_import(content: bytes, *, file_name: str, by: User) -> Import:
    """The dry run: reads the file, judges every line, keeps the result. Nothing of the catalogue changes.

    Tables update only the columns that they have; a JSON document is the whole entry. Raises RefusedError for a file
    that cannot be used as a whole.
    """
    try:
        upload = read_upload(content)
    except UploadError as error:
        raise RefusedError(str(error)) from error
    return _keep(_judge(upload, by=by, max_writes=MAX_WRITES), file_name=file_name, by=by)


def judge_documents(documents: Sequence[Document], *, by: User) -> list[dict[str, Any]]:
    """What an import of these documents would do, as the rows of an Import; writes nothing."""
    lines = [Line(number=at, document=document) for at, document in enumerate(documents, start=1)]
    return _judge(Upload(kind="", lines=lines), by=by, max_writes=len(lines))


@transaction.atomic
def import_documents(
    documents: Sequence[Document], *, file_name: str, note: str, by: User, seen: Mapping[str, int] | None = None
) -> Import:
    """One import of these documents, judged and written in one go, however many there are (ADR 0010).

    `seen` are the revisions, by key, that the caller has compared with. Raises RefusedError as `apply_import` does.
    """
    rows = judge_documents(documents, by=by)
    changed = [row["key"] for row in rows if row["number"] != (seen or {}).get(row["key"], row["number"])]
    if changed:
        raise RefusedError(f"Nothing was written: somebody has changed {', '.join(changed[:5])} just now; try again.")
    kept = _keep(rows, file_name=file_name, by=by)
    return apply_import(kept.pk, note=note, by=by, max_writes=len(rows))


def _judge(upload: Upload, *, by: User, max_writes: int) -> list[dict[str, Any]]:
    proposals = _propose(upload)
    judge(proposals, by=by)
    is_writable = sum(proposal.writes for proposal in proposals) <= max_writes
    return [_row(proposal, with_document=is_writable) for proposal in proposals]


@transaction.atomic
def _keep(rows: list[dict[str, Any]], *, file_name: str, by: User) -> Import:
    Import.objects.filter(applied_at=None, requested_at__lt=timezone.now() - KEPT).delete()
    return Import.objects.create(
        requested_by=by,
        requested_at=timezone.now(),
        file_name=_clean(one_line(file_name))[:200] or "file",
        rows=rows,
    )


@transaction.atomic
def apply_import(pk: int, *, note: str, by: User, max_writes: int | None = None) -> Import:
    """Write what the dry run showed, all of it, with `note` as the change note of every entry.

    Raises RefusedError if it is written already, if a line is wrong, or if anybody has changed an entry since.
    """
    found = Import.objects.select_for_update().filter(pk=pk, requested_by=by).first()
    if found is None:
        raise RefusedError("This import is not there any more; upload the file again.")
    if found.applied_at:
        raise RefusedError("This import is written already.")
    if any(row["verdict"] == Verdict.ERROR for row in found.rows):
        raise RefusedError("Nothing is written while a line is wrong. Put the file right and upload it again.")
    most = MAX_WRITES if max_writes is None else max_writes
    if count_writes(found.rows) > most:
        raise RefusedError(f"At most {most:,} entries are written at once. Split the file.")
    note = clean_note(note)
    proposals = [
        Proposal(line=row["line"], kind=row["kind"], key=row["key"], number=row["number"], document=row.get("document"))
        for row in found.rows
    ]
    counts = write_together(proposals, Change(by=by, note=note, source=RevisionSource.IMPORT))
    found.applied_at = timezone.now()
    # The documents are in the history now.
    found.rows = [{name: value for name, value in row.items() if name != "document"} for row in found.rows]
    found.save(update_fields=["applied_at", "rows"])
    detail = f"{counts['create']:,} created, {counts['update']:,} changed: {note}"
    AuditRecord.objects.note(Verb.IMPORTED, by=by, object_name=found.file_name, detail=detail)
    return found


def _propose(upload: Upload) -> list[Proposal]:
    kinds = [upload.kind or _kind_of(line.document) for line in upload.lines]
    parts: list[Mapping[str, Any]] = [
        line.cells if upload.kind else line.document if isinstance(line.document, dict) else {} for line in upload.lines
    ]
    keys = [key_from(kind, given) for kind, given in zip(kinds, parts, strict=True)]
    current = find_current({key for key in keys if key})
    lines_by_key: dict[str, int] = {}
    proposals = []
    for line, kind, key in zip(upload.lines, kinds, keys, strict=True):
        now = current.get(key)
        proposal = Proposal(line=line.number, kind=kind, key=key)
        if now:
            proposal.number, proposal.before, proposal.before_text = now
        _read_line(proposal, line, is_table=bool(upload.kind))
        first = lines_by_key.setdefault(key, line.number) if key else line.number
        if first != line.number:
            proposal.blame("", "twice", f"Line {first} is about the same entry.")
        proposals.append(proposal)
    return proposals


def _read_line(proposal: Proposal, line: Line, *, is_table: bool) -> None:
    if line.wrong:
        proposal.blame("", "line", line.wrong)
    elif is_table:
        # Columns that the file has not stay as they are.
        cells = (cells_of(proposal.kind, proposal.before) if proposal.before else {}) | line.cells
        proposal.document, proposal.problems = document_from_cells(proposal.kind, cells)
    elif not proposal.kind:
        names = " or ".join(f"{kind}_name" for kind in IDENTITY)
        proposal.blame("", "kind", f"This is no document of an entry: it needs exactly one of {names}.")
    else:
        # What publishing adds to a document is nobody's to write.
        added = ("last_updated", "serial")
        proposal.document = {name: value for name, value in line.document.items() if name not in added}


def _kind_of(document: Any) -> str:
    kinds = [kind for kind in IDENTITY if isinstance(document, dict) and f"{kind}_name" in document]
    return kinds[0] if len(kinds) == 1 else ""


def _row(proposal: Proposal, *, with_document: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "line": proposal.line,
        "kind": proposal.kind,
        "key": proposal.key,
        "number": proposal.number,
        "verdict": proposal.verdict.value,
    }
    if proposal.problems:
        row["name"] = _clean(_name_of(proposal))
        row["problems"] = [_shown(proposal.kind, problem) for problem in proposal.problems[:MAX_PROBLEMS]]
        row["more"] = max(0, len(proposal.problems) - MAX_PROBLEMS)
    elif proposal.writes and with_document:
        row["document"] = proposal.document
    return row


def _name_of(proposal: Proposal) -> str:
    document = proposal.document or {}
    names = (document.get("display_name"), document.get(f"{proposal.kind}_name"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _shown(kind: str, problem: Problem) -> dict[str, str]:
    column = column_of(kind, problem.path)
    return {"column": column or _clean(problem.path.strip("/")), "message": _clean(plain_message(kind, problem))}


def _clean(text: str) -> str:
    """What every database and page can hold of a text."""
    return one_line(text[:MAX_TEXT])


def count_verdicts(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many lines of an import have each verdict."""
    counts = Counter(row["verdict"] for row in rows)
    return {verdict.value: counts[verdict.value] for verdict in Verdict}


def count_writes(rows: Sequence[dict[str, Any]]) -> int:
    """How many lines of an import make or change an entry."""
    counts = count_verdicts(rows)
    return counts[Verdict.CREATE] + counts[Verdict.UPDATE]

"""What an import would do or did, as lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.actions.imports import count_verdicts
from catalog.actions.proposals import Verdict
from catalog.documents.diff import diff_documents
from catalog.documents.mapping import Document
from catalog.management.tables import plain, show, table

SHOWN_DIFFERENCES = 12


def import_lines(rows: Sequence[dict[str, Any]], before: Mapping[str, Document], *, width: int) -> list[str]:
    """A line for each entry that is not as it is already, with what changes or is wrong below it; then the counts."""
    cells = []
    for row in rows:
        if row["verdict"] == Verdict.UNCHANGED:
            continue
        cells.append((row["key"] or f"Document {row['line']}", Verdict(row["verdict"]).label))
    heads = iter(table(cells, width=width))
    lines = []
    for row in rows:
        if row["verdict"] == Verdict.UNCHANGED:
            continue
        lines.append(next(heads))
        lines += table(list(_details(row, before.get(row["key"]))), width=width, indent="    ")
    counts = count_verdicts(rows)
    said = ", ".join(f"{count:,} {Verdict(verdict).label}" for verdict, count in counts.items() if count)
    return [*lines, f"{len(rows):,} entries: {said}." if rows else "No entries."]


def count_wrong(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["verdict"] == Verdict.ERROR for row in rows)


def _details(row: Mapping[str, Any], before: Document | None) -> Iterator[tuple[str, str]]:
    for problem in row.get("problems", ()):
        yield problem["column"] or "document", plain(problem["message"])
    if row.get("more"):
        yield "...", f"and {row['more']:,} more"
    if before is None or "document" not in row:
        return
    differences = diff_documents(before, row["document"])
    for difference in differences[:SHOWN_DIFFERENCES]:
        yield difference.path.strip("/"), f"{_value(difference.before)} -> {_value(difference.after)}"
    if len(differences) > SHOWN_DIFFERENCES:
        yield "...", f"and {len(differences) - SHOWN_DIFFERENCES:,} more"


def _value(value: Any) -> str:
    return "(nothing)" if value is None else show(value)

"""The lines of an import as a page shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from catalog.actions.proposals import Verdict
from catalog.admin.bulk.fields import column_label
from catalog.admin.differences import readable
from catalog.admin.entries.tabs import addresses_of
from catalog.models import Revision

TONES = {Verdict.CREATE: "good", Verdict.UPDATE: "note", Verdict.UNCHANGED: "", Verdict.ERROR: "bad"}
Documents = Mapping[tuple[str, int], dict[str, Any]]


def shown_rows(rows: Sequence[dict[str, Any]], *, is_applied: bool) -> list[dict[str, Any]]:
    """For the template; two queries at most for each kind, however many rows."""
    documents = _documents_of(rows, is_applied=is_applied)
    addresses = addresses_of({row["key"] for row in rows}, page="form")
    return [_shown(row, documents, addresses.get(row["key"], "")) for row in rows]


def _shown(row: Mapping[str, Any], documents: Documents, address: str) -> dict[str, Any]:
    verdict, kind, key, number = Verdict(row["verdict"]), row["kind"], row["key"], row["number"]
    before = documents.get((key, number), {})
    # A file that writes too much keeps no documents.
    after = row.get("document") or documents.get((key, number + 1), {})
    return {
        "line": row["line"],
        "key": key,
        "name": (after or before).get("display_name") or row.get("name") or key,
        "address": address,
        "verdict": verdict,
        "label": verdict.label,
        "tone": TONES[verdict],
        "differences": readable(kind, before, after) if after and verdict in (Verdict.CREATE, Verdict.UPDATE) else [],
        "problems": [
            {**problem, "label": column_label(kind, problem["column"])} for problem in row.get("problems", [])
        ],
        "more": row.get("more", 0),
    }


def _documents_of(rows: Sequence[Mapping[str, Any]], *, is_applied: bool) -> Documents:
    """The revisions that the rows were compared with and, once they are written, those that they became."""
    ahead = (0, 1) if is_applied else (0,)
    wanted = Q(pk__in=[])
    for row in rows:
        if row["key"]:
            wanted |= Q(entry_key=row["key"], number__in=[row["number"] + step for step in ahead])
    return {(found.entry_key, found.number): found.document for found in Revision.objects.filter(wanted)}

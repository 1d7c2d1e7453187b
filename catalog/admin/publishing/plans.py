"""Plans as people read them: each change with what differs, member by member."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.admin.differences import Row, readable
from catalog.documents.mapping import kind_of
from catalog.models import Revision

SHOWN_CHANGES = 100
# (key, verb, id of the live revision or None, id of the new one or None)
PlanLine = tuple[str, str, int | None, int | None]


def shown_changes(lines: Sequence[PlanLine]) -> list[dict[str, Any]]:
    """The lines for a template: `key`, `verb`, `note`, `author`, `differences`. One query."""
    ids = {revision_id for _, _, *sides in lines for revision_id in sides if revision_id is not None}
    revisions = Revision.objects.select_related("author").in_bulk(ids)
    return [
        {
            "key": key,
            "verb": verb,
            "note": revisions[new].change_note if new else "",
            "author": revisions[new].author if new else None,
            "differences": _differences(key, revisions, old, new),
        }
        for key, verb, old, new in lines
    ]


def _differences(key: str, revisions: Mapping[int, Revision], old: int | None, new: int | None) -> list[Row]:
    """Nothing for an entry that comes or goes as a whole."""
    if old is None or new is None:
        return []
    return readable(kind_of(key), revisions[old].document, revisions[new].document)

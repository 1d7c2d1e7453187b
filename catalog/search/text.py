"""Full text in each database's own words: which rows have all terms. The index of it is made by a migration."""

from collections.abc import Sequence

from django.db import connection
from django.db.models.expressions import RawSQL

from catalog.search.terms import Term

NAMES, WORDS = "names", "words"
# OFFSET keeps the planner from asking every provider whether it is among those that the index has found.
POSTGRESQL = {
    NAMES: "SELECT id FROM catalog_liveentry WHERE kind = 'provider' "
    "AND array_to_tsvector(string_to_array(names, ' ')) @@ %s::tsquery OFFSET 0",
    WORDS: "SELECT id FROM catalog_liveentry WHERE kind = 'provider' "
    "AND array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery OFFSET 0",
}
SQLITE = "SELECT rowid FROM catalog_livetext WHERE catalog_livetext MATCH %s"


def rows_with(column: str, terms: Sequence[Term], *, any_term: bool = False, whole: bool = False) -> RawSQL:
    """The ids of the rows whose `column` has every term, or any of them; as beginnings of words, or whole nearest ones.

    Terms hold letters and digits only, so they need no escaping between quotes.
    """
    alternatives = [term.nearest if whole else term.starts for term in terms]
    if connection.vendor == "postgresql":
        found = (" | " if any_term else " & ").join(_postgresql(words, whole=whole) for words in alternatives)
        return RawSQL(POSTGRESQL[column], (found,))  # noqa: S611 - one of two constants
    found = (" OR " if any_term else " AND ").join(_sqlite(words, whole=whole) for words in alternatives)
    return RawSQL(SQLITE, (f"{column} : ({found})",))  # noqa: S611 - a constant


def _postgresql(words: Sequence[str], *, whole: bool) -> str:
    return "(" + " | ".join(f"'{word}'" if whole else f"'{word}':*" for word in words) + ")"


def _sqlite(words: Sequence[str], *, whole: bool) -> str:
    return "(" + " OR ".join(f'"{word}"' if whole else f'"{word}"*' for word in words) + ")"

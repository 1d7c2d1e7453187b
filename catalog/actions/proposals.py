"""One entry as it is and as it would be: what imports and bulk edits show before they write it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import TextChoices

from catalog.actions.errors import SchemaGateError
from catalog.documents.mapping import Document, kind_of
from catalog.documents.tables import IDENTITY
from catalog.models import ENTRY_MODELS
from catalog.schemas.validation import Problem

CHUNK = 500
WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_KEY_LENGTH = 160


class Verdict(TextChoices):
    CREATE = "create", "new"
    UPDATE = "update", "changed"
    UNCHANGED = "unchanged", "unchanged"
    ERROR = "error", "error"


class Current(NamedTuple):
    """An entry's newest revision: its number, its document, and that as canonical text."""

    number: int
    document: Document
    canonical: str


@dataclass(slots=True, kw_only=True)
class Proposal:
    """`before` is None for a new entry (`before_text` is its canonical text), `document` what is proposed (`before`
    itself if nothing would change); `number` is the revision that it was compared with (0: none), `line` where it
    stands in a file. `gate` is what its config schema would break, if that is among the problems.
    """

    line: int
    kind: str
    key: str
    number: int = 0
    before: Document | None = None
    before_text: str = ""
    document: Document | None = None
    problems: list[Problem] = field(default_factory=list)
    gate: SchemaGateError | None = None

    @property
    def verdict(self) -> Verdict:
        if self.problems:
            return Verdict.ERROR
        if self.before is None:
            return Verdict.CREATE
        return Verdict.UNCHANGED if self.document is self.before else Verdict.UPDATE

    @property
    def writes(self) -> bool:
        return self.verdict in (Verdict.CREATE, Verdict.UPDATE)

    def blame(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem(path, code, message))


def key_from(kind: str, parts: Mapping[str, Any]) -> str:
    """The key for the members of a document, or the cells of a row, that may be anything; empty if they make none."""
    names = IDENTITY.get(kind, ())
    words = [parts.get(name) for name in names]
    if not words or not all(isinstance(word, str) and WORD.fullmatch(word.strip()) for word in words):
        return ""
    key = "/".join([f"{kind}s", *(str(word).strip() for word in words)])
    return key if len(key) <= MAX_KEY_LENGTH else ""


def find_current(keys: Collection[str]) -> dict[str, Current]:
    """The newest revision of each entry that exists. A query for every 500 keys of a kind."""
    found: dict[str, Current] = {}
    for model in ENTRY_MODELS:
        for chunk in chunked(sorted({key for key in keys if kind_of(key) == model.kind})):
            entries = model._default_manager.filter(key__in=chunk, latest_revision__isnull=False)
            for entry in entries.select_related("latest_revision").only("key", "latest_revision"):
                revision = entry.latest_revision
                if revision:
                    found[entry.key] = Current(revision.number, revision.document, revision.canonical)
    return found


def find_existing(keys: Collection[str]) -> set[str]:
    """Those of the keys that are entries. A query for every 500 keys of a kind."""
    return {
        key
        for model in ENTRY_MODELS
        for chunk in chunked(sorted({key for key in keys if kind_of(key) == model.kind}))
        for key in model._default_manager.filter(key__in=chunk).values_list("key", flat=True)
    }


def chunked(items: Iterable[str]) -> Iterator[list[str]]:
    """Lists of 500, which every database takes as parameters of a query."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk

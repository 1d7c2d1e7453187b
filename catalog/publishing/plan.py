"""What a publish would change, and whether the result would hold together; pure.

A `Change` is light (no documents), so that a first publish of a hundred thousand entries fits in memory.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

from catalog.documents.mapping import kind_of, references_of
from catalog.models.choices import Lifecycle
from catalog.schemas.validation import Problem, validate_document

MASS_CHANGE_LEAST = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One revision as a plan needs it."""

    revision_id: int
    number: int
    sha256: str
    lifecycle: str
    category: str

    @property
    def is_removed(self) -> bool:
        return self.lifecycle == Lifecycle.REMOVED


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that a publish changes; `old` is None if it is not live yet, `new` if a rollback takes it out again."""

    key: str
    old: Side | None
    new: Side | None

    @property
    def published(self) -> Side | None:
        """What readers get of it afterwards; None if it is gone."""
        return None if self.new is None or self.new.is_removed else self.new

    @property
    def verb(self) -> Literal["added", "changed", "removed"]:
        if self.published is None:
            return "removed"
        return "added" if self.old is None or self.old.is_removed else "changed"


@dataclass(frozen=True, slots=True, order=True)
class EntryProblem:
    """A reason why the whole is not published: entry, JSON Pointer, stable code, message; `target`: what is missing."""

    key: str
    path: str
    code: str
    message: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.key}{' ' + self.path if self.path else ''}: {self.message}"


def describe_problems(problems: Sequence[EntryProblem]) -> str:
    """All problems for a person, one a line."""
    return "\n".join(["Nothing was published; this has to be put right first:", *map(str, problems)])


def is_mass_change(changes: Iterable[Change], *, live: int, percent: int) -> bool:
    """Whether more than `percent` of what is live, and more than a handful, is changed or removed at once."""
    touched = sum(change.verb != "added" for change in changes)
    return touched > MASS_CHANGE_LEAST and touched * 100 > live * percent


def document_problems(key: str, document: Mapping[str, Any]) -> list[EntryProblem]:
    """What the schema says against one document."""
    return [_at(key, problem) for problem in validate_document(kind_of(key), document)]


def reference_problems(key: str, document: Mapping[str, Any], *, published: Set[str]) -> list[EntryProblem]:
    """References to entries that would not be published. `published` are the keys of the candidate."""
    return [
        EntryProblem(key, path, "reference", f"{target} is not published and not part of this publish.", target)
        for path, target in references_of(document)
        if target not in published
    ]


def alias_problems(owners: Mapping[str, Iterable[str]], *, published: Set[str]) -> list[EntryProblem]:
    """Aliases that are keys of entries, or that two entries claim. `owners`: old key -> keys that claim it."""
    problems = []
    for old_key, keys in owners.items():
        claims = sorted(set(keys))
        if old_key in published:
            problems += [
                EntryProblem(key, "/aliases", "alias", f"{old_key} is itself a published entry.") for key in claims
            ]
        if len(claims) > 1:
            problems += [EntryProblem(key, "/aliases", "alias", f"{old_key} is claimed by {claims}.") for key in claims]
    return problems


def _at(key: str, problem: Problem) -> EntryProblem:
    return EntryProblem(key, problem.path, problem.code, problem.message)

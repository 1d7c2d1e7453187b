"""Why an action was refused; a message for the person who asked, never a traceback.

RefusedError
├── RefusedFieldError      one thing that was given is not acceptable
│   └── TakenKeyError      there is such an entry already, or an alias
├── InUseError             it cannot be removed while others use it
├── InvalidDocumentError   the document is wrong; each problem has a path
├── NotAllowedError        others may do this, not this person
├── SchemaGateError        a config schema would break what is configured by the live one
└── StaleEntryError        somebody else saved meanwhile
"""

from collections.abc import Sequence

from catalog.schemas.compare.report import Change
from catalog.schemas.validation import Problem

SHOWN = 20


class RefusedError(Exception):
    """A rule says no; nothing was written."""


class RefusedFieldError(RefusedError):
    """`field` is the name of what was given wrongly (`aliases`, `reason`), so that the message can stand there."""

    def __init__(self, message: str, *, field: str) -> None:
        self.field = field
        super().__init__(message)


class TakenKeyError(RefusedFieldError):
    """The key of a new entry belongs to something already."""


class InUseError(RefusedError):
    """`users` are the names of some that use it, `count` how many there are."""

    def __init__(self, key: str, *, users: Sequence[str], count: int) -> None:
        self.key, self.users, self.count = key, list(users), count
        more = f" and {count - len(self.users)} more" if count > len(self.users) else ""
        super().__init__(f"{key} cannot be removed while it is used: {', '.join(self.users)}{more}.")


class InvalidDocumentError(RefusedError):
    """`problems` say where and what; the text lists them all."""

    def __init__(self, key: str, problems: Sequence[Problem], *, deed: str = "saved") -> None:
        self.key, self.deed = key, deed
        self.problems = list(problems)
        lines = [f"{problem.path or 'document'}: {problem.message}" for problem in self.problems]
        super().__init__("\n".join([f"{key} cannot be {deed}:", *lines]))


class NotAllowedError(RefusedError):
    """The person lacks a permission, or a type limit or a token keeps them from it."""


class SchemaGateError(RefusedError):
    """`changes` are the breaking changes of the config schema, `broken` (service, first problem of its config).

    Whoever may change config schemas goes on with a reason (`Change.breaking_schema_reason`).
    """

    def __init__(self, key: str, *, changes: Sequence[Change], broken: Sequence[tuple[str, Problem]]) -> None:
        self.key, self.changes, self.broken = key, list(changes), list(broken)
        lines = [f"{problem.path or '/config_schema'}: {problem.message}" for problem in self.problems[:SHOWN]]
        more = len(self.problems) - len(lines)
        lines += [f"and {more:,} more"] if more > 0 else []
        first = f"The new config schema of {key} would break what is configured now; say why it must be so to go on."
        super().__init__("\n".join([first, *lines]))

    @property
    def problems(self) -> list[Problem]:
        """Each breaking change at its place, and each service that would break."""
        found = [Problem(f"/config_schema{change.path}", change.kind, change.explanation) for change in self.changes]
        for name, problem in self.broken:
            message = f"The config of {name} would not be valid: {problem.path or 'as a whole'}: {problem.message}"
            found.append(Problem("/config_schema", "config_breaks", message))
        return found


class StaleEntryError(RefusedError):
    """The entry has another newest revision than the one that was edited."""

    def __init__(self, key: str, *, expected: int, found: int) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(
            f"Somebody else has saved {key} meanwhile: it is at revision {found}, you began with {expected}. "
            "Nothing of yours was saved; look at theirs and try again."
        )

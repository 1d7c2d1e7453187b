"""Why an action was refused; a message for the person who asked, never a traceback.

RefusedError
├── RefusedFieldError      one thing that was given is not acceptable
│   └── TakenKeyError      there is such an entry already, or an alias
├── InUseError             it cannot be removed while others use it
├── InvalidDocumentError   the document is wrong; each problem has a path
├── NotAllowedError        others may do this, not this person
└── StaleEntryError        somebody else saved meanwhile
"""

from collections.abc import Sequence

from catalog.schemas.validation import Problem


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

    def __init__(self, key: str, problems: Sequence[Problem]) -> None:
        self.key = key
        self.problems = list(problems)
        lines = [f"{problem.path or 'document'}: {problem.message}" for problem in self.problems]
        super().__init__("\n".join([f"{key} cannot be saved:", *lines]))


class NotAllowedError(RefusedError):
    """The person lacks a permission, or a type limit or a token keeps them from it."""


class StaleEntryError(RefusedError):
    """The entry has another newest revision than the one that was edited."""

    def __init__(self, key: str, *, expected: int, found: int) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(
            f"Somebody else has saved {key} meanwhile: it is at revision {found}, you began with {expected}. "
            "Nothing of yours was saved; look at theirs and try again."
        )

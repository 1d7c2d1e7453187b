"""Why an action was refused; a message for the person who asked, never a traceback.

RefusedError
├── InvalidDocumentError   the document is wrong; each problem has a path
└── StaleEntryError        somebody else saved meanwhile
"""

from collections.abc import Sequence

from catalog.schemas.validation import Problem


class RefusedError(Exception):
    """A rule says no; nothing was written."""


class InvalidDocumentError(RefusedError):
    """`problems` say where and what; the text lists them all."""

    def __init__(self, key: str, problems: Sequence[Problem]) -> None:
        self.key = key
        self.problems = list(problems)
        lines = [f"{problem.path or 'document'}: {problem.message}" for problem in self.problems]
        super().__init__("\n".join([f"{key} cannot be saved:", *lines]))


class StaleEntryError(RefusedError):
    """The entry has another newest revision than the one that was edited."""

    def __init__(self, key: str, *, expected: int, found: int) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(
            f"Somebody else has saved {key} meanwhile: it is at revision {found}, you began with {expected}. "
            "Nothing of yours was saved; look at theirs and try again."
        )

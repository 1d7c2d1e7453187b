"""Why an action was refused; those of the catalogue, so that admin and API answer all of them alike.

RefusedError (catalog.actions.errors)
├── RefusedFieldError, InvalidDocumentError, NotAllowedError, StaleEntryError
├── HasEndedError          the deployment is over, or past what was asked
└── HasOneError            something of the same person is under way, and has to end before
"""

from catalog.actions.errors import (
    InvalidDocumentError,
    NotAllowedError,
    RefusedError,
    RefusedFieldError,
    StaleEntryError,
)

__all__ = [
    "HasEndedError",
    "HasOneError",
    "InvalidDocumentError",
    "NotAllowedError",
    "RefusedError",
    "RefusedFieldError",
    "StaleEntryError",
]


class HasEndedError(RefusedError):
    """It has ended already, or nothing stops it any more."""


class HasOneError(RefusedError):
    """One of theirs is being done just now."""

"""What can go wrong with the index; every message is for whoever runs it."""


class IndexerError(Exception):
    """The index could not be read or written; it is as it was before."""


class NotYetError(IndexerError):
    """It cannot be done now: the publish is not through, or somebody else is at it. Later it can."""


class MovedError(IndexerError):
    """Something newer was published meanwhile: start over with that."""


class BusyError(NotYetError):
    """Somebody else is at it, and goes on to what is published by then."""


class LostClaimError(BusyError):
    """Somebody else has taken over; what was not written yet must not be."""


class HistoryError(IndexerError):
    """What was published since cannot be followed step by step: only a rebuild helps."""


class DamagedTreeError(IndexerError):
    """The published tree does not hold what its pointer says."""


class TableError(IndexerError):
    """The table does not answer: it is missing, forbidden, or asked too much."""


class NoIndexError(IndexerError):
    """Nothing has been indexed, or by a release that laid it out otherwise."""


class TooBroadError(IndexerError):
    """A search would read more than it may. `units` is how much, `allowed` what it may."""

    def __init__(self, *, units: float, allowed: int) -> None:
        super().__init__(f"This search reads {units:,.0f} capacity units or more; {allowed:,} are allowed.")
        self.units, self.allowed = units, allowed

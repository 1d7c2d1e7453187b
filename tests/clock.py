"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime

NOON = datetime(2030, 1, 2, 12, 0, tzinfo=UTC)


class Clock:
    """What `timezone.now` is in tests that ask for the fixture `clock`: `now`, until that is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

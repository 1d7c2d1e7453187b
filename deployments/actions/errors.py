"""What actions refuse."""


class RefusedError(Exception):
    """A rule does not allow it; the message is for the person who asked."""

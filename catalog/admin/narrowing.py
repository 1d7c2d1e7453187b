"""What a list is narrowed to, as `filter_bar.html` shows it."""

from typing import NamedTuple


class Active(NamedTuple):
    """A filter that narrows the list: its title, what it shows, and where the list is without it."""

    title: str
    shown: str
    address: str

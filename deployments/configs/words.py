"""Numbers of things, as a person would write them."""


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,234 files`; for nouns that take an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

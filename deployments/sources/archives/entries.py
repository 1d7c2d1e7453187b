"""What readers of archives yield and the tree writes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Chunks = Iterator[bytes]
CHUNK_BYTES = 64 * 1024


class EntryKind(StrEnum):
    FOLDER = "folder"
    FILE = "file"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, its name as the archive has it. `read` gives exactly `size_bytes`, or raises PermanentError; it is
    called once, before the next entry is asked for, or never.
    """

    name: str
    kind: EntryKind
    size_bytes: int = 0
    is_executable: bool = False
    target: str = ""
    read: Callable[[], Chunks] = lambda: iter(())

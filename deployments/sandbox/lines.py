"""Turns the bytes that a program writes into lines that can be stored and shown, up to a cap."""

import codecs
import re
from collections.abc import Callable

LINE_CHARACTERS = 4_000
# Colours and cursor movements of terminals, then what no database column or page can hold.
UNSHOWABLE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")


class LineReader:
    """Takes chunks, gives lines to `on_line`; the last one may be a note that the rest is left out.

    Of a line that carriage returns overwrite (a progress bar) the last state is given; an overlong line is cut.
    """

    def __init__(self, on_line: Callable[[str], None], *, most_bytes: int, most_lines: int) -> None:
        self._on_line = on_line
        self._bytes_left, self._lines_left = most_bytes, most_lines
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._is_truncated = False

    def feed(self, chunk: bytes) -> None:
        if self._is_truncated:
            return
        kept = chunk[: self._bytes_left]
        self._bytes_left -= len(kept)
        *whole, self._rest = (self._rest + self._decoder.decode(kept)).split("\n")
        self._give(whole)
        while len(self._rest) > LINE_CHARACTERS:
            self._give([self._rest[:LINE_CHARACTERS]])
            self._rest = self._rest[LINE_CHARACTERS:]
        if len(kept) < len(chunk):
            self.finish()
            self._truncate()

    def finish(self) -> None:
        """The output is over: give what stands on a line without an end."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        if rest:
            self._give([rest])

    def _give(self, lines: list[str]) -> None:
        for line in lines:
            shown = UNSHOWABLE.sub("", line.rstrip("\r").rpartition("\r")[2])
            for start in range(0, len(shown) or 1, LINE_CHARACTERS):
                if self._is_truncated:
                    return
                if not self._lines_left:
                    self._truncate()
                    return
                self._lines_left -= 1
                self._on_line(shown[start : start + LINE_CHARACTERS])

    def _truncate(self) -> None:
        if not self._is_truncated:
            self._is_truncated = True
            self._on_line("[truncated: the rest of the output is left out]")

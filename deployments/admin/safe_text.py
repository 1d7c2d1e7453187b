"""Text of strangers for people's eyes: nothing in it moves, hides or turns what stands around it.

`deployment.js` does the same with lines that come later.
"""

import re
from urllib.parse import urlsplit

# Colours and cursor movements of terminals, and what their titles are set with.
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
# Control characters, but for the tab; marks that turn the direction of text; what is invisible.
INVISIBLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def show_line(text: str) -> str:
    """A line of a log: what cannot be seen is named, as `⟨202E⟩`."""
    return INVISIBLE.sub(lambda found: f"⟨{ord(found[0]):04X}⟩", ESCAPES.sub("", text))


def web_address(text: object) -> str:
    """The address if a page may link to it, else nothing: a target may answer anything."""
    address = str(text or "")
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return ""
    return address if scheme in ("http", "https") else ""

"""Keeps secrets out of logs: as they are, in Base64 and quoted for URLs and JSON, also broken over lines.

It is for accidents (a tool prints its environment). Who wants to publish a secret can always write it in a way that no
mask knows. Secrets of fewer than four characters are not masked: it would hide half the log.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import quote, quote_plus

LEAST_CHARACTERS = 4
# Of a secret of several lines, such as a private key, each line by itself; shorter ones are too common.
LEAST_LINE_CHARACTERS = 8
HEAD_CHARACTERS = 8
MASK = "[hidden]"
# A log line is waited with for as long as it may be the start of a secret, but never with more than these.
MOST_WAITING = 200


class Masker:
    """Masks `secrets` and what `add` brings. A secret that was logged before it was added has been logged."""

    def __init__(self, *secrets: str) -> None:
        self._forms: set[str] = set()
        self._starts: set[str] = set()
        self._waiting: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> bool:
        """Mask it from now on; False if it is too short."""
        forms = forms_of(secret)
        self._forms |= forms
        self._starts |= {form[:length] for form in forms for length in range(1, min(len(form), HEAD_CHARACTERS + 1))}
        return bool(forms)

    def mask(self, text: str) -> str:
        """The whole text without secrets, and without regard to any before or after it."""
        return "\n".join(self._mask_lines(text.split("\n")))

    def feed(self, line: str) -> list[str]:
        """The next line of a log: which lines are ready now. The last may be kept back until it is clear whether it
        begins a secret that goes on in the next; `flush` gives it.
        """
        self._waiting.append(line)
        if len(self._waiting) <= MOST_WAITING and self._may_go_on():
            return []
        return self.flush()

    def flush(self) -> list[str]:
        """What was kept back, masked: at the end, or when nothing has come for a moment."""
        ready, self._waiting = self._mask_lines(self._waiting), []
        return ready

    def _may_go_on(self) -> bool:
        """Whether the end of what waits is the beginning of a secret."""
        joined = "".join(self._waiting)
        if any(joined[-length:] in self._starts for length in range(1, HEAD_CHARACTERS + 1)):
            return True
        return any(_goes_on(joined[-len(form) :], form) for form in self._forms if len(form) > HEAD_CHARACTERS)

    def _mask_lines(self, lines: list[str]) -> list[str]:
        """Search the lines as if there were no ends between them, and hide what was found in each."""
        joined = "".join(lines)
        hidden = [span for form in self._forms for span in _find(joined, form)]
        if not hidden:
            return lines
        spans, start, masked = _merge(hidden), 0, []
        for line in lines:
            masked.append(_hide(line, start=start, spans=spans))
            start += len(line)
        return masked


def forms_of(secret: str, *, by_line: bool = True) -> set[str]:
    """All that it may look like, without ends of lines; none of fewer than LEAST_CHARACTERS."""
    whole = secret.strip()
    lines = (line.strip() for line in whole.splitlines() if by_line)
    return set(_written([whole, *(line for line in lines if len(line) >= LEAST_LINE_CHARACTERS)]))


def _written(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        writings: list[Callable[[str], str]] = [
            str,
            partial(quote, safe=""),
            quote,
            quote_plus,
            lambda text: _lower_escapes(quote(text, safe="")),
            lambda text: json.dumps(text)[1:-1],
            lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        ]
        forms = {write(part) for write in writings} | set(_base64_of(part))
        yield from (form for each in forms if len(form := "".join(each.splitlines())) >= LEAST_CHARACTERS)


def _base64_of(text: str) -> Iterator[str]:
    """Inside a longer text it may start at any of three places; only characters that are the secret's alone count."""
    if len(text) < LEAST_CHARACTERS:
        return
    for before in range(3):
        content = bytes(before) + text.encode()
        first, last = -(-before * 8 // 6), len(content) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(content).decode()[first:last]


def _lower_escapes(quoted: str) -> str:
    """`%2f` for `%2F`: both are in use."""
    head, *tail = quoted.split("%")
    return head + "".join(f"%{each[:2].lower()}{each[2:]}" for each in tail)


def _find(text: str, form: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _goes_on(end: str, form: str) -> bool:
    """Whether a text of at most its length ends with a beginning of it, of more than the characters of a head."""
    return any(
        len(end) - start < len(form) and form.startswith(end[start:]) for start, _ in _find(end, form[:HEAD_CHARACTERS])
    )


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, and those that touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _hide(line: str, *, start: int, spans: list[tuple[int, int]]) -> str:
    """`start` is where the line begins among all."""
    shown, done = [], 0
    for first, last in spans:
        here, there = max(first - start, 0), min(last - start, len(line))
        if here < there:
            shown += [line[done:here], MASK]
            done = there
    return "".join([*shown, line[done:]])

"""The part of a log that a page shows at first; `deployment.js` adds what comes later, and what was said before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min
from django.http import HttpRequest

from catalog.admin.pages import whole_number
from deployments.admin.deployments.steps import WORDS
from deployments.admin.safe_text import show_line
from deployments.admin.states import in_words
from deployments.models import Deployment, LogLine
from deployments.runner.logs import TRUNCATED

SHOWN = 1_000
# How a line begins that says that others are left out.
CUTS = (TRUNCATED[:20], "[truncated:")


@dataclass(frozen=True, slots=True)
class Line:
    """`heading` is what begins with it, if it is another attempt or step than the line before."""

    seq: int
    at: datetime
    text: str
    heading: str
    is_cut: bool
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Log:
    """Lines from `first` to `last` of `total`; `wanted` is the one that was asked for, 0 for none."""

    lines: Sequence[Line]
    total: int
    wanted: int

    @property
    def first(self) -> int:
        return self.lines[0].seq if self.lines else 0

    @property
    def last(self) -> int:
        return self.lines[-1].seq if self.lines else 0

    @property
    def is_tail(self) -> bool:
        return self.last >= self.total

    @property
    def earlier(self) -> int:
        """A line whose page ends where this one begins; 0 if there is nothing before."""
        return max(self.first - SHOWN // 2, 1) if self.first > 1 else 0

    @property
    def later(self) -> int:
        return 0 if self.is_tail else self.last + SHOWN // 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt by what it said: first and last line, and the last words."""

    number: int
    first: int
    began_at: datetime
    duration: str
    said: str


def log_of(request: HttpRequest, deployment: Deployment) -> Log:
    """The last SHOWN lines, or those around `line`. Two queries."""
    total = deployment.lines.aggregate(last=Max("seq"))["last"] or 0
    asked = whole_number(request.GET.get("line", "")) or 0
    wanted = asked if 0 < asked <= total else 0
    begins = max(wanted - SHOWN // 2, 1) if wanted else max(total - SHOWN + 1, 1)
    rows = deployment.lines.filter(seq__gte=begins, seq__lt=begins + SHOWN, seq__lte=total).order_by("seq")
    return Log(list(_lines(rows, wanted)), total, wanted)


def _lines(rows: Iterable[LogLine], wanted: int) -> Iterable[Line]:
    before = ""
    for row in rows:
        heading = heading_of(row.attempt, row.step)
        is_cut = row.text.startswith(CUTS)
        yield Line(
            row.seq, row.at, show_line(row.text), "" if heading == before else heading, is_cut, row.seq == wanted
        )
        before = heading


def heading_of(attempt: int, step: str) -> str:
    return f"Attempt {attempt}: {WORDS.get(step, step)}"


def attempts_of(deployment: Deployment) -> list[Attempt]:
    """Two queries; what said nothing is not known of."""
    spans = deployment.lines.order_by("attempt").values("attempt")
    found = list(spans.annotate(first=Min("seq"), last=Max("seq"), began=Min("at"), ended=Max("at")))
    said = dict(deployment.lines.filter(seq__in=[each["last"] for each in found]).values_list("seq", "text"))
    return [
        Attempt(
            each["attempt"], each["first"], each["began"], in_words(each["ended"] - each["began"]),
            show_line(said.get(each["last"], "")),
        )
        for each in found
    ]  # fmt: skip

"""What a deployment has to say after a line: the one answer for whoever polls and whoever follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from deployments.models import TERMINAL, Deployment, LogLine

LINE = ("seq", "at", "attempt", "step", "text")


@dataclass(frozen=True, slots=True)
class News:
    """`lines` are in order and without gaps; `next` is the number of the last one, or what was asked after."""

    lines: list[dict[str, Any]]
    next: int
    status: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        return bool(self.status["isOver"])


def read_news(deployments: QuerySet[Deployment], pk: UUID, *, after: int, limit: int) -> News | None:
    """What is new; None if the deployment is none of these. One query, two if there are lines.

    The status is read before the lines: who is told that it is over has been given everything it said before.
    """
    newer = LogLine.objects.filter(deployment=OuterRef("pk"), seq__gt=after)
    columns = ("state", "steps", "error_kind", "error_message", "error_hint")
    row = deployments.filter(pk=pk).order_by().annotate(has_news=Exists(newer)).values("has_news", *columns).first()
    if row is None:
        return None
    lines: list[dict[str, Any]] = []
    if row["has_news"]:
        rows = LogLine.objects.filter(deployment=pk, seq__gt=after).order_by("seq")
        lines = [dict(line) for line in rows.values(*LINE)[:limit]]
    return News(lines, lines[-1]["seq"] if lines else after, status_of(row))


def status_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """`{"state", "isOver", "steps": [{"step", "connection", "seconds"}], "error": {"kind", "message", "hint"}}`.

    `error` is None without one, `connection` where there is only one place.
    """
    error = None
    if row["error_kind"]:
        error = {"kind": row["error_kind"], "message": row["error_message"], "hint": row["error_hint"]}
    steps = [{"connection": None, **step} for step in row["steps"]]
    return {"state": row["state"], "isOver": row["state"] in TERMINAL, "steps": steps, "error": error}

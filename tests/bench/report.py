"""docs/benchmarks.md: each benchmark writes its own section and leaves the others alone."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
HEAD = "# Benchmarks\n\nFigures are of the machine that is named; ratios say more than seconds.\n"


def write_section(name: str, title: str, text: str) -> None:
    """Replace the section `name`, or add it at the end."""
    body = f"<!-- {name} -->\n## {title}\n\n{machine()}\n\n{text.strip()}\n<!-- end of {name} -->\n"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    pattern = re.compile(rf"<!-- {name} -->.*<!-- end of {name} -->\n", re.DOTALL)
    page = pattern.sub(lambda _: body, page) if pattern.search(page) else f"{page}\n{body}"
    PAGE.write_text(page, encoding="utf-8")


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {platform.system()} on {platform.machine()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}."
    )


def render_table(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that can also be read as text; the first row is the heading, numbers stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    is_number = [rows[1][column][:1].isdigit() for column in range(len(rows[0]))]
    rule = [f"{'-' * (width - 1)}:" if right else "-" * width for width, right in zip(widths, is_number, strict=True)]
    return "\n".join(_line(row, widths, is_number) for row in (rows[0], rule, *rows[1:]))


def _line(row: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    cells = zip(row, widths, is_number, strict=True)
    return "| " + " | ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells) + " |"

"""Files as people and their spreadsheet programs make them, and as attackers do."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

Grid = Sequence[Sequence[Any]]


def csv_text(rows: Grid, separator: str = ",") -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator).writerows(rows)
    return target.getvalue()


def csv_bytes(rows: Grid, separator: str = ",", encoding: str = "utf-8") -> bytes:
    return csv_text(rows, separator).encode(encoding)


def xlsx_bytes(rows: Grid, *, hidden_first: bool = False) -> bytes:
    """A workbook as openpyxl writes it; texts that start with `=` are formulas without a value."""
    workbook = Workbook()
    sheet = workbook.active
    if hidden_first:
        sheet.append(["secret"])
        sheet.sheet_state = "hidden"
        sheet = workbook.create_sheet()
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with other content in some parts, or with more parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, part in changes.items():
            new.writestr(name, part)
    return target.getvalue()


def sheet_xml(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")

"""XLSX workbooks of one sheet: written in a stream, read as values only, whatever somebody has packed into them.

Reference: ECMA-376 (SpreadsheetML; ST_Xstring for `_x000D_`).
"""

import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from catalog.documents.cells import as_text, from_text

MAX_UNPACKED_BYTES = 50_000_000
MAX_PARTS = 500
# Blank lines cost time, too; a sheet may say that it goes on for a million of them.
MAX_SCANNED_LINES = 100_000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Entries" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Style 1 is the header's; style 2 (49: text) keeps a program from making a date or a number of a text.
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip
SHEET_START = (
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>'
)
# What XML 1.0 cannot hold, what its readers change, and a text that looks like such an escape itself.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


class WorkbookError(ValueError):
    """The bytes are no workbook that can be read; the message says why."""


def write_workbook(header: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: frozenset[int]) -> bytes:
    """A workbook of texts; in the columns at `numeric` digits become numbers. No row is kept in memory."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, XML + content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((XML + SHEET_START).encode())
            sheet.write(_row(1, header, style=1, numeric=frozenset()))
            for number, row in enumerate(rows, start=2):
                sheet.write(_row(number, row, style=2, numeric=numeric))
            sheet.write(b"</sheetData></worksheet>")
    return target.getvalue()


def read_workbook(content: bytes, *, max_columns: int, max_lines: int) -> list[tuple[int, list[str]]]:
    """(line, texts) of every line of the first sheet that is not blank; one text or line more than allowed at most.

    Formulas count as the value that was computed last, macros are not looked at. Raises WorkbookError.
    """
    try:
        has_formulas = _check_archive(content)
        with warnings.catch_warnings():
            # It warns of every extension that it does not know.
            warnings.simplefilter("ignore")
            formulas = _find_formulas(content, max_columns) if has_formulas else set()
            lines = _open_sheet(content, max_columns, values=True)
            return list(itertools.islice(_texts(lines, formulas), max_lines + 1))
    except WorkbookError:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part leads it to.
        raise WorkbookError("This cannot be read as an Excel workbook; open it and save it again as XLSX.") from error


def _row(number: int, texts: Sequence[str], *, style: int, numeric: frozenset[int]) -> bytes:
    cells = []
    for at, text in enumerate(texts):
        if not text:
            continue
        place = f"{get_column_letter(at + 1)}{number}"
        if at in numeric and text.isdecimal():
            cells.append(f'<c r="{place}"><v>{text}</v></c>')
        else:
            safe = escape(UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", as_text(text)))
            cells.append(f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{safe}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _check_archive(content: bytes) -> bool:
    """Whether a sheet holds a formula. Raises WorkbookError for a bomb before anything large is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS:
            raise WorkbookError(f"The workbook has {len(parts):,} parts inside; {MAX_PARTS} are allowed.")
        # A part is never unpacked beyond the size that it declares.
        size = sum(part.file_size for part in parts)
        if size > MAX_UNPACKED_BYTES:
            raise WorkbookError(
                f"The workbook unpacks to {size / 1_000_000:,.0f} MB; {MAX_UNPACKED_BYTES // 1_000_000} MB are allowed."
            )
        if "xl/workbook.xml" not in archive.namelist():
            raise WorkbookError("This is no Excel workbook (XLSX).")
        sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
        return any(FORMULA.search(archive.read(part)) for part in sheets)


def _open_sheet(content: bytes, max_columns: int, *, values: bool) -> Iterator[tuple[int, Sequence[Any]]]:
    """The lines of the first visible sheet; formulas are what they came to with `values`, themselves without."""
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise WorkbookError("The workbook has no visible sheet.")
    # What a sheet says about its own size is often wrong.
    sheets[0].reset_dimensions()
    for line, cells in enumerate(sheets[0].iter_rows(max_col=max_columns + 1), start=1):
        if line > MAX_SCANNED_LINES:
            raise WorkbookError(f"The sheet goes on below line {MAX_SCANNED_LINES:,}; delete the lines that are empty.")
        yield line, cells


def _find_formulas(content: bytes, max_columns: int) -> set[tuple[int, int]]:
    return {
        (line, column)
        for line, cells in _open_sheet(content, max_columns, values=False)
        for column, cell in enumerate(cells, start=1)
        if cell.data_type == "f"
    }


def _texts(
    lines: Iterable[tuple[int, Sequence[Any]]], formulas: set[tuple[int, int]]
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in lines:
        texts = [_read(cell, line, column, formulas) for column, cell in enumerate(cells, start=1)]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            yield line, texts


def _read(cell: Any, line: int, column: int, formulas: set[tuple[int, int]]) -> str:
    value = cell.value
    place = f"{get_column_letter(column)}{line}"
    if value is None:
        if (line, column) in formulas:
            raise WorkbookError(f"Cell {place} holds a formula that was never computed; put its value there.")
        return ""
    if cell.data_type == "e":
        raise WorkbookError(f"Cell {place} holds the error {value}.")
    if isinstance(value, str):
        return from_text(ESCAPED.sub(lambda found: chr(int(found[1], 16)), value))
    return _plain(value)


def _plain(value: Any) -> str:
    """Numbers without a trailing `.0`, days as 2026-11-24."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (datetime, date, time)) else str(value)

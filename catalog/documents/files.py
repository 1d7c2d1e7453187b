"""Files of entries: CSV, XLSX and JSON, written whole, read with limits. Pure: bytes in, bytes out."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalog.documents.cells import as_text
from catalog.documents.tables import COLUMNS, Form, cells_of
from catalog.documents.workbooks import write_workbook

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
# What Excel holds in a cell (32,767 UTF-16 units); a longer text goes on in `config_schema_2` and so on.
MAX_CELL_LENGTH = 16_000


def write_file(file_format: str, kind: str, canonical: Iterable[str], *, longest: int) -> bytes:
    """The file of documents, given as JSON text, none of them longer than `longest`."""
    if file_format == "json":
        return b"[\n" + ",\n".join(canonical).encode() + b"\n]\n"
    columns = [*COLUMNS[kind]]
    more = _more_columns(kind, longest)
    rows = (_row(kind, json.loads(text), more) for text in canonical)
    if file_format == "xlsx":
        numeric = frozenset(at for at, name in enumerate(columns) if COLUMNS[kind][name].form is Form.NUMBER)
        return write_workbook([*columns, *more], rows, numeric=numeric)
    return _write_csv([*columns, *more], rows)


def _write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes it for something else."""
    target = io.TextIOWrapper(io.BytesIO(), encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(target)
    writer.writerow(header)
    writer.writerows([as_text(text) for text in row] for row in rows)
    buffer: io.BytesIO = target.detach()
    return buffer.getvalue()


def _more_columns(kind: str, longest: int) -> list[str]:
    """`config_schema_2`, ... as far as the longest document may need them."""
    names = [name for name, column in COLUMNS[kind].items() if column.form is Form.JSON]
    return [f"{name}_{at}" for name in names for at in range(2, longest // MAX_CELL_LENGTH + 2)]


def _row(kind: str, document: Mapping[str, Any], more: Sequence[str]) -> list[str]:
    cells = cells_of(kind, document)
    if more:
        name = more[0].removesuffix("_2")
        pieces = list(_pieces(cells[name]))
        cells |= dict(zip([name, *more], pieces, strict=False))
    return [*(cells[name] for name in COLUMNS[kind]), *(cells.get(name, "") for name in more)]


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, max(len(text), 1), MAX_CELL_LENGTH):
        yield text[start : start + MAX_CELL_LENGTH]

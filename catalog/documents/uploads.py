"""Reads an uploaded file: lines of cells or documents, not judged yet. Everything about the file as a whole is
refused here, in words, before anything large is unpacked.
"""

import csv
import difflib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.documents.cells import from_text
from catalog.documents.tables import COLUMNS, IDENTITY, Cells, Form
from catalog.documents.workbooks import WorkbookError, read_workbook

MAX_FILE_BYTES = 5_000_000
MAX_ROWS = 10_000
MAX_COLUMNS = 200
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOES_ON = re.compile(r"(?P<name>.+)_([2-9]|[1-9][0-9]{1,2})")


class UploadError(ValueError):
    """The file as a whole cannot be used; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: `cells` by column of a table, or the `document` of JSON; `wrong` says why it is neither."""

    number: int
    cells: Cells = field(default_factory=dict)
    document: Any = None
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """`kind` is what all lines of a table are; empty for JSON, where each document tells by its name's member."""

    kind: str
    lines: list[Line]


def read_upload(content: bytes) -> Upload:
    """CSV, XLSX or JSON, told by its content and not by its name. Raises UploadError."""
    refuse_size(len(content))
    if content.startswith(b"PK"):
        return _read_xlsx(content)
    if content.startswith(OLD_EXCEL):
        raise UploadError("This is an old Excel file, or one with a password. Save it as XLSX without a password.")
    text = _decode(content)
    if not text.strip():
        raise UploadError("The file is empty.")
    return _read_json(text) if text.lstrip()[0] in "[{" else _read_csv(text)


def refuse_size(size_bytes: int) -> None:
    """Raises UploadError for more than is read. Callers who know the size ask before they read anything."""
    if size_bytes > MAX_FILE_BYTES:
        size, most = size_bytes / 1_000_000, MAX_FILE_BYTES // 1_000_000
        raise UploadError(f"The file has {size:,.1f} MB; {most} MB are allowed. Split it into several files.")


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UploadError(
            f"The file is not in the encoding UTF-8 (line {line}). In Excel, save it as “CSV UTF-8” or as XLSX."
        ) from error
    if "\0" in text:
        raise UploadError("This is no CSV, XLSX or JSON file.")
    return text


def _read_json(text: str) -> Upload:
    try:
        documents = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise UploadError(f"This is no JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from error
    except RecursionError as error:
        raise UploadError("The JSON is nested too deeply.") from error
    except UploadError:
        raise
    except ValueError as error:
        # Python refuses integers of more than 4,300 digits.
        raise UploadError("The JSON cannot be used: a number in it is too long.") from error
    if isinstance(documents, dict):
        documents = [documents]
    if not documents:
        raise UploadError("The file holds no entries.")
    _limit(len(documents))
    return Upload(kind="", lines=[Line(number=at, document=one) for at, one in enumerate(documents, start=1)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise UploadError(f"The JSON cannot be used: {name[:40]!r} stands twice in one object.")
    return made


def _refuse_constant(name: str) -> None:
    raise UploadError(f"The JSON cannot be used: {name} is no number of JSON.")


def _read_xlsx(content: bytes) -> Upload:
    try:
        lines = read_workbook(content, max_columns=MAX_COLUMNS, max_lines=MAX_ROWS + 1)
    except WorkbookError as error:
        raise UploadError(str(error)) from error
    return _read_table(lines, is_ragged=True)


def _read_csv(text: str) -> Upload:
    hint = re.match(r"sep=(.)\r?\n", text)
    text = text[hint.end() :] if hint else text
    csv.field_size_limit(MAX_FILE_BYTES)
    separator = hint[1] if hint else max(",;\t", key=lambda separator: _count_known(text, separator))
    return _read_table(_csv_lines(text, separator), is_ragged=False)


def _count_known(text: str, separator: str) -> int:
    """How many names of columns the header has if this separates them."""
    try:
        header = next((texts for _, texts in _csv_lines(text[:20_000], separator)), [])
    except UploadError:
        return 0
    known = {name for columns in COLUMNS.values() for name in columns}
    return len(known.intersection(map(_as_name, header)))


def _csv_lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, [from_text(cell) for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        raise UploadError(f"Line {start} cannot be read: a quote is missing or too many ({error}).") from error


def _read_table(lines: Iterable[tuple[int, list[str]]], *, is_ragged: bool) -> Upload:
    """`is_ragged`: a line may leave out empty cells at its end, as workbooks do."""
    lines = iter(lines)
    _, header = next(lines, (0, []))
    names = [_as_name(text) for text in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UploadError("The file is empty.")
    kind = _kind_of(names)
    read: list[Line] = []
    for number, texts in lines:
        read.append(_line(number, texts, names, is_ragged=is_ragged))
        _limit(len(read))
    if not read:
        raise UploadError("The file has a header but no entries.")
    return Upload(kind=kind, lines=read)


def _line(number: int, texts: Sequence[str], names: Sequence[str], *, is_ragged: bool) -> Line:
    given = list(texts[: len(names)])
    too_many = any(texts[len(names) :])
    if too_many or (len(given) < len(names) and not is_ragged):
        wrong = f"This line has {len(texts)} cells, the header has {len(names)}. Look for a quote that is missing."
        return Line(number=number, cells=dict(zip(names, given, strict=False)), wrong=wrong)
    given += [""] * (len(names) - len(given))
    cells: Cells = {}
    for name, text in zip(names, given, strict=True):
        found = GOES_ON.fullmatch(name)
        if found:
            cells[found["name"]] = cells.get(found["name"], "") + text
        else:
            cells[name] = text
    return Line(number=number, cells=cells)


def _kind_of(names: Sequence[str]) -> str:
    """The kind that the columns belong to. Raises UploadError that names every column that is wrong."""
    if len(names) > MAX_COLUMNS:
        raise UploadError(f"The file has more than {MAX_COLUMNS} columns.")
    kinds = [kind for kind in IDENTITY if f"{kind}_name" in names]
    if not kinds:
        raise UploadError(
            "The first line must name the columns. One of them is provider_name, builder_name or stack_name; "
            f"this file begins with {', '.join(name[:40] or 'an empty cell' for name in names[:5])}."
        )
    if len(kinds) > 1:
        raise UploadError(f"A table holds entries of one kind; this one has {kinds[0]}_name and {kinds[1]}_name.")
    wrong = [*_missing(kinds[0], names), *_twice(names), *_unknown(kinds[0], names)]
    if wrong:
        raise UploadError(" ".join(wrong))
    return kinds[0]


def _missing(kind: str, names: Sequence[str]) -> Iterator[str]:
    return (f"The column {name} is missing." for name in IDENTITY[kind] if name not in names)


def _twice(names: Sequence[str]) -> Iterator[str]:
    return (
        f"The column {name[:40]} is there twice." for name in sorted({n for n in names if n and names.count(n) > 1})
    )


def _unknown(kind: str, names: Sequence[str]) -> Iterator[str]:
    known = COLUMNS[kind]
    for at, name in enumerate(names, start=1):
        goes_on = GOES_ON.fullmatch(name)
        first = known.get(goes_on["name"]) if goes_on else None
        if name in known or (first and first.form is Form.JSON and first.name in names[:at]):
            continue
        if not name:
            yield f"Column {at} has no name."
            continue
        near = difflib.get_close_matches(name[:60], known, n=1)
        yield f"There is no column {name[:40]}{f'; did you mean {near[0]}' if near else ''}."


def _as_name(text: str) -> str:
    return "_".join(text.strip().lower().split())


def _limit(count: int) -> None:
    if count > MAX_ROWS:
        raise UploadError(f"The file has more than {MAX_ROWS:,} entries. Split it into several files.")

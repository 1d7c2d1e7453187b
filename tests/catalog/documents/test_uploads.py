"""Uploads: what is read right, and what is refused in words, whatever the bytes are."""

import json
import random
import time
from typing import Any

import pytest

from catalog.documents import uploads, workbooks
from catalog.documents.uploads import UploadError, read_upload
from tests.catalog.documents.sheets import csv_bytes, csv_text, repacked, sheet_xml, xlsx_bytes
from tests.factories import SANITY

HEADER = ["builder_name", "display_name", "key_features"]
ROWS = [HEADER, ["hugo", "Hügo 漢😀", "fast, small"], ["astro", 'A "b"\nc; d', ""]]
CELLS = [dict(zip(HEADER, row, strict=True)) for row in ROWS[1:]]
TEXT = csv_text(ROWS)


def refusal(content: bytes) -> str:
    with pytest.raises(UploadError) as caught:
        read_upload(content)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace("\r\n", "\n").encode(),
        csv_bytes(ROWS, ";"),
        csv_bytes(ROWS, "\t"),
        csv_bytes(ROWS, "\t", "utf-16"),
        b"sep=;\r\n" + csv_bytes(ROWS, ";"),
        b"\r\n,,\r\n" + TEXT.encode() + b"\r\n , ,\r\n\r\n",
        csv_bytes([[" Builder Name ", "DISPLAY NAME", "key_features", ""], *([*row, ""] for row in ROWS[1:])]),
        xlsx_bytes(ROWS),
        xlsx_bytes(ROWS, hidden_first=True),
        xlsx_bytes([*ROWS, [None, None], [""]]),
        repacked(xlsx_bytes(ROWS), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros"}),
    ],
)
def test_table_is_read_however_it_was_saved(content: bytes) -> None:
    upload = read_upload(content)

    assert upload.kind == "builder"
    assert [line.cells for line in upload.lines] == CELLS
    assert {line.wrong for line in upload.lines} == {""}


def test_lines_are_counted_as_an_editor_does() -> None:
    rows = [HEADER, ["a", "A\nB\nC", ""], [], ["b", "B", ""]]

    assert [line.number for line in read_upload(csv_bytes(rows)).lines] == [2, 6]
    assert [line.number for line in read_upload(xlsx_bytes(rows)).lines] == [2, 4]


def test_cells_of_a_workbook_become_texts() -> None:
    values: list[Any] = [65, 65.0, 1.5, True, "'=1+1", "_x0041_b"]
    names = ["builder_name", "display_name", "icon", "best_for", "description", "category"]

    [line] = read_upload(xlsx_bytes([names, values])).lines

    assert [*line.cells.values()] == ["65", "65", "1.5", "True", "=1+1", "Ab"]


def test_formula_counts_as_its_last_value() -> None:
    content = xlsx_bytes([HEADER, ["hugo", '="Hu"&"go"', "a"]])
    computed = sheet_xml(content).replace(b"<v />", b"<v>Hugo</v>").replace(b"<v></v>", b"<v>Hugo</v>").replace(
        b't="n"', b""
    )  # fmt: skip
    computed = computed.replace(b'<c r="B2"', b'<c r="B2" t="str"')

    [line] = read_upload(repacked(content, {"xl/worksheets/sheet1.xml": computed})).lines

    assert line.cells["display_name"] == "Hugo"
    assert refusal(content) == "Cell B2 holds a formula that was never computed; put its value there."


def test_very_long_cells_are_put_together() -> None:
    names = ["builder_name", "config_schema", "config_schema_2", "config_schema_3"]

    [line] = read_upload(csv_bytes([names, ["hugo", '{"a"', ": 1", "}"]])).lines

    assert line.cells == {"builder_name": "hugo", "config_schema": '{"a": 1}'}


@pytest.mark.parametrize("row", [["hugo"], ["hugo", "Hugo", "a", "b"], ["hugo", "Hugo", "a", ""]])
def test_csv_line_with_another_number_of_cells_is_wrong(row: list[str]) -> None:
    first, second = read_upload(csv_bytes([HEADER, row, ["a", "b", "c"]])).lines

    if any(row[3:]) or len(row) < 3:
        assert first.wrong == f"This line has {len(row)} cells, the header has 3. Look for a quote that is missing."
    assert second.wrong == ""


def test_json_is_read_as_documents() -> None:
    many = read_upload(json.dumps([SANITY, 5, None]).encode("utf-8-sig"))
    one = read_upload(b"\n " + json.dumps(SANITY).encode())

    assert (many.kind, [line.document for line in many.lines]) == ("", [SANITY, 5, None])
    assert [(line.number, line.document) for line in one.lines] == [(1, SANITY)]


NO_HEADER = (
    "The first line must name the columns. One of them is provider_name, builder_name or stack_name; "
    "this file begins with "
)
NOT_UTF_8 = "The file is not in the encoding UTF-8 (line {}). In Excel, save it as “CSV UTF-8” or as XLSX."
QUOTE = "Line 2 cannot be read: a quote is missing or too many "
UNKNOWN = "There is no column colour. Column 3 has no name. There is no column icno; did you mean icon."
TWO_KINDS = "A table holds entries of one kind; this one has provider_name and builder_name."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \n", "The file is empty."),
        (b",,,\n;;\n", f"{NO_HEADER};;."),
        (b"a,b\n1,2", f"{NO_HEADER}a, b."),
        (b"provider_name,builder_name\n", TWO_KINDS),
        (b"provider_name,icon\n1,2", "The column provider_type is missing."),
        (b"stack_name\n1,2", "The column category is missing."),
        (b"builder_name,icon,icon\na,b,c", "The column icon is there twice."),
        (b"builder_name,colour,,icno\na,b,c,d", UNKNOWN),
        (b"builder_name,config_schema_2\na,b", "There is no column config_schema_2; did you mean config_schema."),
        (b"builder_name,icon_2\na,b", "There is no column icon_2; did you mean icon."),
        (b"builder_name\n", "The file has a header but no entries."),
        (b'builder_name,icon\nhugo,"a', f"{QUOTE}(unexpected end of data)."),
        (b'builder_name,icon\n"hugo"x,a', f"{QUOTE}(',' expected after '\"')."),
        ("builder_name,display_name\nhugo,Hügo".encode("latin-1"), NOT_UTF_8.format(2)),
        (b"\xff\xfea", NOT_UTF_8.format(1)),
        (b"builder_name\n\0\0", "This is no CSV, XLSX or JSON file."),
        (b"\x89PNG\r\n\x1a\n\0\0", NOT_UTF_8.format(1)),
        (uploads.OLD_EXCEL, "This is an old Excel file, or one with a password. Save it as XLSX without a password."),
        (b"[]", "The file holds no entries."),
        (b"[{]", "This is no JSON: Expecting property name enclosed in double quotes (line 1, column 3)."),
        (b"[1e", "This is no JSON: Expecting ',' delimiter (line 1, column 3)."),
        (b"[NaN]", "The JSON cannot be used: NaN is no number of JSON."),
        (b'[{"a": 1, "a": 2}]', "The JSON cannot be used: 'a' stands twice in one object."),
        (b"[" * 200_000, "The JSON is nested too deeply."),
        (b"[" + b"9" * 5_000 + b"]", "The JSON cannot be used: a number in it is too long."),
    ],
)
def test_file_that_cannot_be_used_is_refused_in_words(content: bytes, message: str) -> None:
    assert refusal(content) == message


def test_more_than_is_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["builder_name"], *([f"b{number}"] for number in range(4))]
    monkeypatch.setattr(uploads, "MAX_ROWS", 3)

    assert refusal(b"x" * 5_000_001) == "The file has 5.0 MB; 5 MB are allowed. Split it into several files."
    assert {refusal(content) for content in (csv_bytes(rows), xlsx_bytes(rows), b"[1, 2, 3, 4]")} == {
        "The file has more than 3 entries. Split it into several files."
    }
    assert len(read_upload(csv_bytes(rows[:-1])).lines) == 3
    wide = [[*HEADER, *(f"c{number}" for number in range(200))], ["a"]]
    assert {refusal(csv_bytes(wide)), refusal(xlsx_bytes(wide))} == {"The file has more than 200 columns."}


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet>&c;</worksheet>"""
UNREADABLE = "This cannot be read as an Excel workbook; open it and save it again as XLSX."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xl/worksheets/sheet1.xml": LAUGHS}, UNREADABLE),
        ({"xl/workbook.xml": LAUGHS}, UNREADABLE),
        ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='x'>"}, UNREADABLE),
        ({"[Content_Types].xml": b"junk"}, UNREADABLE),
        ({"bomb.bin": b"\0" * 51_000_000}, "The workbook unpacks to 51 MB; 50 MB are allowed."),
        ({f"part-{number}": b"" for number in range(600)}, "The workbook has 609 parts inside; 500 are allowed."),
    ],
)
def test_hostile_workbook_is_refused_quickly(changes: dict[str, bytes], message: str) -> None:
    content = repacked(xlsx_bytes(ROWS), changes)
    start = time.monotonic()

    assert refusal(content) == message
    assert time.monotonic() - start < 5


def test_archive_that_is_no_workbook_is_refused() -> None:
    assert refusal(b"PK\x03\x04 and then junk") == UNREADABLE
    assert refusal(xlsx_bytes(ROWS)[:-200]) == UNREADABLE
    without = repacked(xlsx_bytes(ROWS), {"xl/workbook.xml": b""})
    assert refusal(without.replace(b"xl/workbook.xml", b"xl/workbooks.xm")) == "This is no Excel workbook (XLSX)."


def test_sheet_that_goes_on_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = xlsx_bytes(ROWS)
    far = sheet_xml(content).replace(
        b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    )
    monkeypatch.setattr(workbooks, "MAX_SCANNED_LINES", 1_000)

    assert refusal(repacked(content, {"xl/worksheets/sheet1.xml": far})) == (
        "The sheet goes on below line 1,000; delete the lines that are empty."
    )


def test_sheet_is_read_whole_whatever_it_says_about_its_size() -> None:
    content = xlsx_bytes(ROWS)
    small = sheet_xml(content).replace(b'ref="A1:C3"', b'ref="A1"')

    assert small != sheet_xml(content)
    assert len(read_upload(repacked(content, {"xl/worksheets/sheet1.xml": small})).lines) == 2


def test_error_in_a_cell_is_named() -> None:
    content = xlsx_bytes([HEADER, ["hugo", "#REF!", ""]])

    assert refusal(content) == "Cell B2 holds the error #REF!."


@pytest.mark.parametrize("seed", range(40))
def test_broken_bytes_are_read_or_refused(seed: int) -> None:
    """Nothing but UploadError comes out, whatever is broken in a good file."""
    chance, said = random.Random(seed), []
    for good in (TEXT.encode(), TEXT.encode("utf-16"), xlsx_bytes(ROWS), json.dumps([SANITY]).encode()):
        broken = bytearray(good)
        for _ in range(chance.randrange(1, 20)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            read_upload(bytes(broken[: chance.randrange(1, len(broken))]) if chance.random() < 0.3 else bytes(broken))
        except UploadError as error:
            said.append(str(error))

    assert [message for message in said if not message.endswith(".")] == []


def test_archive_with_a_lying_size_is_refused() -> None:
    content = repacked(xlsx_bytes(ROWS), {"xl/worksheets/sheet1.xml": b" " * 1_000_000})
    size = (1_000_000).to_bytes(4, "little")
    lying = content.replace(size, (1_000).to_bytes(4, "little"))

    assert refusal(lying) == UNREADABLE

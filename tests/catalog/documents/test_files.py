"""Files of documents, written and read again, in every format."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from catalog.documents.canonical import canonical_bytes
from catalog.documents.files import FORMATS, MAX_CELL_LENGTH, write_file
from catalog.documents.tables import COLUMNS, document_from_cells
from catalog.documents.uploads import read_upload
from tests.catalog.documents import strategies
from tests.factories import SANITY, provider_document

Document = strategies.Document
FORMULA = provider_document(display_name="=1+1", description="@SUM(A1)\n-2", best_for="'=quoted", tier_name="+49 30")
STRANGE = provider_document(
    "strange",
    display_name=" _x0041_ \ufffe\u200b<&>\"' ",
    description="a\n\tb\u2028c;d,e|f",
    best_for=" ",
    tier_name="😀",
)


def write(file_format: str, kind: str, documents: list[Document]) -> bytes:
    texts = [canonical_bytes(document).decode() for document in documents]
    return write_file(file_format, kind, texts, longest=max(map(len, texts), default=0))


def read(content: bytes) -> list[Document]:
    upload = read_upload(content)
    if not upload.kind:
        return [line.document for line in upload.lines]
    read = [document_from_cells(upload.kind, line.cells) for line in upload.lines]
    assert [problems for _, problems in read if problems] == []
    return [document for document, _ in read]


@pytest.mark.parametrize("file_format", FORMATS)
@given(documents=st.lists(strategies.DOCUMENTS["provider"], min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_random_providers_come_back_exactly(file_format: str, documents: list[Document]) -> None:
    assert read(write(file_format, "provider", documents)) == documents


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("kind", ["builder", "stack"])
@given(choice=st.data())
@settings(max_examples=20, deadline=None)
def test_random_entries_come_back_exactly(file_format: str, kind: str, choice: st.DataObject) -> None:
    documents = choice.draw(st.lists(strategies.DOCUMENTS[kind], min_size=1, max_size=2))

    assert read(write(file_format, kind, documents)) == documents


@pytest.mark.parametrize("file_format", FORMATS)
def test_formulas_and_strange_characters_come_back_exactly(file_format: str) -> None:
    assert read(write(file_format, "provider", [FORMULA, STRANGE])) == [FORMULA, STRANGE]


@pytest.mark.parametrize("file_format", FORMATS)
def test_very_long_config_schema_comes_back_exactly(file_format: str) -> None:
    schema = {"type": "object", "title": "=" * 3 * MAX_CELL_LENGTH}
    documents = [provider_document(config_schema=schema), SANITY]

    assert read(write(file_format, "provider", documents)) == documents


def test_csv_is_for_spreadsheets() -> None:
    content = write("csv", "provider", [FORMULA])
    header, line = content.decode("utf-8-sig").split("\r\n", 1)

    assert content.startswith(b"\xef\xbb\xbf")
    assert header.split(",") == [*COLUMNS["provider"]]
    assert "'=1+1" in line
    assert ",=1+1" not in line


def test_workbook_opens_elsewhere_and_holds_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(write("xlsx", "provider", [FORMULA, SANITY])))["Entries"]
    cells = {cell.value: sheet.cell(3, cell.column) for cell in sheet[1]}

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert (cells["monthly_cost_min"].value, cells["display_name"].value) == (65, "Sanity CMS")
    assert sheet.freeze_panes == "A2"


def test_json_is_the_list_of_documents() -> None:
    assert json.loads(write("json", "provider", [SANITY, FORMULA])) == [SANITY, FORMULA]


def test_file_of_no_entries_has_a_header() -> None:
    sheet: Any = load_workbook(io.BytesIO(write("xlsx", "stack", []))).active

    assert write("csv", "stack", []).decode("utf-8-sig").strip().split(",") == [*COLUMNS["stack"]]
    assert [cell.value for cell in sheet[1]] == [*COLUMNS["stack"]]

"""Row -> document -> row -> document loses and invents nothing, through the real database."""

import pytest
from django.db import transaction
from hypothesis import given, settings

from catalog.actions.entries import save_entry
from catalog.documents.canonical import canonical_bytes
from catalog.documents.mapping import (
    document_from_fields,
    document_from_row,
    fields_from_document,
    fields_from_row,
    key_of,
    kind_of,
)
from catalog.models import find_entry
from catalog.schemas.validation import validate_document
from tests.catalog.documents import strategies
from tests.factories import SANITY, change_by, save

pytestmark = pytest.mark.django_db
KIND_AND_DOCUMENT = tuple[str, strategies.Document]


@given(strategies.kinds_and_documents)
@settings(max_examples=40, deadline=None)
def test_random_document_is_valid_and_equals_its_fields(made: KIND_AND_DOCUMENT) -> None:
    kind, document = made

    assert validate_document(kind, document) == []
    assert document_from_fields(kind, fields_from_document(kind, document)) == document


@given(strategies.kinds_and_documents)
@settings(max_examples=40, deadline=None)
def test_row_and_document_are_inverse_of_each_other(made: KIND_AND_DOCUMENT) -> None:
    kind, document = made
    with transaction.atomic():
        for pool_kind, pool_document in strategies.POOL:
            save(pool_kind, pool_document, approved=False)
        key = key_of(kind, document)

        revision = save_entry(kind, document, change_by(None))

        row = find_entry(key)
        assert row is not None
        assert revision is not None
        assert (row.key, kind_of(row.key), row.kind) == (key, kind, kind)
        assert document_from_row(row) == revision.document == document
        assert canonical_bytes(document_from_row(row)) == canonical_bytes(document)
        assert fields_from_document(kind, document_from_row(row)) == fields_from_row(row)
        assert save_entry(kind, document_from_row(row), change_by(None)) is None
        transaction.set_rollback(True)


@given(strategies.DOCUMENTS["provider"], strategies.DOCUMENTS["provider"])
@settings(max_examples=15, deadline=None)
def test_row_takes_on_another_document_entirely(first: strategies.Document, second: strategies.Document) -> None:
    own = {"provider_name": "new-one", "provider_type": first["provider_type"]}
    second = {**second, **own} if first["provider_type"] == second["provider_type"] else {**first, "icon": "other"}
    with transaction.atomic():
        for pool_kind, pool_document in strategies.POOL:
            save(pool_kind, pool_document, approved=False)
        key = save("provider", {**first, **own}, approved=False)

        save("provider", {**second, **own}, approved=False)

        row = find_entry(key)
        assert row is not None
        assert document_from_row(row) == {**second, **own}
        transaction.set_rollback(True)


def test_sanity_example_comes_back_exactly() -> None:
    row = find_entry(save("provider", SANITY))

    assert row is not None
    assert document_from_row(row) == SANITY

"""A large catalogue, written in bulk: through the actions it would take longer than what is measured."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.documents.mapping import RELATIONS, fields_from_document
from catalog.models import Provider, Revision
from catalog.models.history import RevisionSource
from tests.factories import SANITY

BATCH = 500


def make_catalogue(entries: int, *, prefix: str) -> None:
    """`entries` providers of one type, the worst case for an index, with documents like Sanity's; all approved."""
    documents = list(_documents(entries, prefix))
    revisions = Revision.objects.bulk_create([_revision(document) for document in documents], batch_size=BATCH)
    Provider.objects.bulk_create(
        [_provider(document, revision) for document, revision in zip(documents, revisions, strict=True)],
        batch_size=BATCH,
    )


def _documents(entries: int, prefix: str) -> Iterator[dict[str, Any]]:
    for number in range(entries):
        yield {**SANITY, "provider_name": f"{prefix}-{number}", "display_name": f"CMS {number}"}


def _revision(document: dict[str, Any]) -> Revision:
    content = canonical_bytes(document)
    return Revision(
        entry_key=f"providers/cms/{document['provider_name']}",
        number=1,
        canonical=content.decode(),
        sha256=sha256_hex(content),
        size_bytes=len(content),
        lifecycle="active",
        category="cms",
        schema_version=document["schema_version"],
        change_note="Benchmark",
        source=RevisionSource.STARTER,
        created_at=timezone.now(),
    )


def _provider(document: dict[str, Any], revision: Revision) -> Provider:
    columns = {
        name: value for name, value in fields_from_document("provider", document).items() if name not in RELATIONS
    }
    return Provider(**columns, latest_revision=revision, approved_revision=revision)

"""The registry in memory is verified against the real publisher: the same entries give the same bytes."""

from pathlib import Path

import pytest
from django.utils import timezone
from registry_client import RegistryClient

from catalog.models import Revision, Snapshot
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import REMOVED as GONE
from tests.catalog.publishing.histories import REPLACED, approve_first_step, approve_second_step
from tests.client.conftest import Seconds
from tests.client.registry import MemoryRegistry, key_of_document
from tests.clock import NOON
from tests.factories import KEY, publish
from tests.stores import read_tree, verify


@pytest.mark.django_db
def test_memory_registry_writes_what_the_publisher_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Seconds
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    store, copy = FileSystemStore(tmp_path), MemoryRegistry()
    removed = {"providers/cms/tina": GONE, "providers/cms/decap": REPLACED}
    for approve, gone in ((approve_first_step, {}), (approve_second_step, removed)):
        approve()
        snapshot = publish(store)
        copy.publish(*_changed_documents(snapshot), removed=gone)

    real = read_tree(store)

    # Copies of what was removed stay, whichever bytes they had.
    assert sorted(copy.files) == sorted(path for path in real if not path.startswith("schemas/"))
    assert [path for path in copy.files if copy.files[path] != real[path]] == []
    assert verify(store).problems == []
    with RegistryClient(tmp_path.as_uri(), trusted_keys=[KEY.x], cache_dir=None, clock=clock) as client:
        assert client.get_snapshot().count == verify(store).documents


def _changed_documents(snapshot: Snapshot) -> list[dict[str, object]]:
    """What this publish added or changed, as it was approved."""
    changed = Revision.objects.filter(pk__in=snapshot.changes.values("new_revision")).exclude(lifecycle="removed")
    return sorted((revision.document for revision in changed), key=key_of_document)

"""A database that was lost comes back from the published tree, as far as it was published."""

import json
from datetime import timedelta
from typing import Any

import pytest

from catalog.actions.recovery import Restored, restore_from_store
from catalog.models import (
    ENTRY_MODELS,
    Alias,
    Provider,
    Revision,
    SigningKey,
    Snapshot,
    SnapshotChange,
    Stack,
)
from catalog.publishing.base import read_base
from catalog.publishing.candidate import collect_changes
from catalog.publishing.garbage import collect_garbage
from catalog.publishing.stores.configured import open_store
from tests.catalog.actions.losses import lose_database, roll_back, tell_story
from tests.catalog.publishing.histories import REMOVED, approve_first_step, approve_second_step
from tests.factories import SANITY, builder_document, outlet, provider_document, publish, sanity, save
from tests.stores import read_tree, verify

pytestmark = pytest.mark.django_db


def entries() -> dict[str, Any]:
    """Key -> (document of the row, number and digest of the live revision)."""
    return {
        entry.key: (
            entry.display_name,
            entry.live_revision.document if entry.live_revision else None,
            entry.live_revision.number if entry.live_revision else None,
            entry.live_revision.sha256 if entry.live_revision else None,
        )
        for model in ENTRY_MODELS
        for entry in model._default_manager.select_related("live_revision").order_by("key")
    }


def snapshots() -> list[tuple[Any, ...]]:
    return list(
        Snapshot.objects.order_by("serial").values_list(
            "serial", "state", "path", "sha256", "published_at", "rolled_back_to"
        )
    )


def changes() -> list[tuple[Any, ...]]:
    """What each snapshot changed, told by digests."""
    return list(
        SnapshotChange.objects.order_by("snapshot__serial", "entry_key").values_list(
            "snapshot__serial", "entry_key", "old_revision__sha256", "new_revision__sha256"
        )
    )


def revisions() -> dict[tuple[str, int], str]:
    return {(row.entry_key, row.number): row.sha256 for row in Revision.objects.all()}


def test_everything_that_was_published_comes_back() -> None:
    tell_story()
    before = (entries(), snapshots(), changes(), revisions())
    tree, keys = read_tree(open_store()), list(SigningKey.objects.values("kid", "x", "not_after"))
    aliases = list(Alias.objects.values_list("old_key", "key"))
    lose_database()

    restored = restore_from_store(open_store())

    assert (entries(), snapshots(), changes(), revisions()) == before
    assert list(Alias.objects.values_list("old_key", "key")) == aliases
    assert list(SigningKey.objects.values("kid", "x", "not_after")) == keys
    assert restored == Restored(snapshots=4, revisions=8, entries=7, missing_before=1)
    assert read_tree(open_store()) == tree
    assert collect_changes() == {}


def test_relations_and_rows_come_back_as_they_were() -> None:
    tell_story()
    stack = Stack.objects.get()
    before = (stack.builder_id is not None, [found.key for found in stack.providers.all()], sanity().monthly_cost_min)
    lose_database()

    restore_from_store(open_store())

    stack = Stack.objects.get()
    assert (stack.builder_id is not None, [found.key for found in stack.providers.all()], 99) == before
    assert sanity().live_revision == sanity().approved_revision == sanity().latest_revision


def test_removed_entries_come_back_with_their_tombstones() -> None:
    approve_first_step()
    publish()
    approve_second_step()
    publish()
    before = read_base(open_store()).snapshot["removed"]
    lose_database()

    restore_from_store(open_store())
    save("builder", builder_document("eleventy"))
    publish()

    tina = Provider.objects.get(key="providers/cms/tina")
    assert (tina.live_revision.number, tina.live_revision.lifecycle) == (2, "removed")  # type: ignore[union-attr]
    assert (tina.lifecycle_state, tina.lifecycle_reason) == ("removed", "It closed.")
    assert read_base(open_store()).snapshot["removed"] == before
    assert verify(open_store()).problems == []


def test_next_publish_goes_on_where_the_last_one_was() -> None:
    tell_story()
    lose_database()
    restore_from_store(open_store())
    save("provider", {**SANITY, "display_name": "After the loss"})

    snapshot = publish()

    assert (snapshot.state, snapshot.serial, snapshot.failure_reason) == ("live", 5, "")
    assert list(snapshot.changes.values_list("entry_key", flat=True)) == ["providers/cms/sanity"]
    assert (verify(open_store()).problems, verify(open_store()).serial) == ([], 5)


def test_restored_registry_can_be_rolled_back() -> None:
    tell_story()
    first = read_tree(open_store())[Snapshot.objects.get(serial=1).path]
    lose_database()
    restore_from_store(open_store())

    roll_back(1)

    snapshot = read_base(open_store()).snapshot
    assert {"shards": snapshot["shards"], "serial": snapshot["serial"], "back": snapshot["rolled_back_to"]} == {
        "shards": json.loads(first)["shards"],
        "serial": 5,
        "back": 1,
    }
    assert verify(open_store()).problems == []


def test_entry_that_a_rollback_took_out_comes_back_unpublished() -> None:
    approve_first_step()
    publish()
    save("provider", provider_document("contentful"))
    publish()
    roll_back(1)
    lose_database()

    restore_from_store(open_store())

    contentful = Provider.objects.get(key="providers/cms/contentful")
    assert (contentful.live_revision, contentful.approved_revision) == (None, None)
    assert contentful.latest_revision is not None
    assert contentful.latest_revision.number == 1
    save("provider", provider_document("contentful", best_for="Those who come back"))
    publish()
    assert verify(open_store()).problems == []


def test_entry_that_was_rolled_back_can_be_edited() -> None:
    """The newest revision is not the live one; the next number follows the newest."""
    approve_first_step()
    publish()
    save("provider", {**SANITY, "display_name": "Newer"})
    publish()
    roll_back(1)
    lose_database()

    restore_from_store(open_store())
    shown = (sanity().display_name, sanity().live_revision.number)  # type: ignore[union-attr]
    save("provider", {**SANITY, "display_name": "Newest"})

    assert shown == ("Newer", 1)
    assert sanity().latest_revision.number == 3  # type: ignore[union-attr]
    assert publish().state == "live"
    assert verify(open_store()).problems == []


def test_removal_that_was_rolled_back_and_published_again_is_one_revision() -> None:
    approve_first_step()
    publish()
    save("provider", provider_document("tina", lifecycle=REMOVED))
    publish()
    roll_back(1)
    publish()
    save("provider", provider_document("tina", best_for="Third"))
    publish()
    before = {key: number for (key, number) in revisions() if key == "providers/cms/tina"}
    lose_database()

    restore_from_store(open_store())

    assert {key: number for (key, number) in revisions() if key == "providers/cms/tina"} == before
    tina = Provider.objects.get(key="providers/cms/tina")
    assert (tina.live_revision.number, tina.live_revision.document["best_for"]) == (3, "Third")  # type: ignore[union-attr]


def test_alias_that_moved_comes_back_with_its_last_owner() -> None:
    approve_first_step()
    publish()
    save("provider", provider_document("decap"))
    save("provider", provider_document("tina", aliases=["providers/cms/netlify_cms"]))
    publish()
    lose_database()

    restore_from_store(open_store())

    assert list(Alias.objects.values_list("old_key", "key")) == [("providers/cms/netlify_cms", "providers/cms/tina")]


def test_times_come_back() -> None:
    approve_first_step()
    publish()
    recorded = sanity().live_revision.created_at.replace(microsecond=0)  # type: ignore[union-attr]
    expires_at = Snapshot.objects.get().expires_at
    lose_database()

    restore_from_store(open_store())

    assert sanity().live_revision.created_at == recorded  # type: ignore[union-attr]
    assert Snapshot.objects.get().expires_at == expires_at


def test_history_that_was_collected_starts_where_it_is_kept() -> None:
    tell_story()
    collect_garbage(outlet(), keep=2, keep_for=timedelta(0), apply=True)
    before = entries()
    lose_database()

    restored = restore_from_store(open_store())

    assert (restored.snapshots, restored.missing_before) == (2, 3)
    assert {key: entry for key, entry in before.items() if entry[1]} == entries()
    assert [row[:2] for row in snapshots()] == [(3, "replaced"), (4, "live")]
    roll_back(3)
    assert verify(open_store()).problems == []

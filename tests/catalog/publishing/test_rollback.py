"""An earlier content comes back byte for byte under a higher serial; what people are working on stays."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.actions.snapshots import request_rollback
from catalog.models import ENTRY_MODELS, Approval, Provider, Revision, Snapshot
from catalog.publishing import candidate, plan
from catalog.publishing.base import read_base
from catalog.publishing.candidate import collect_changes
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import REMOVED, approve_first_step, approve_second_step, live_numbers, run
from tests.factories import SANITY, provider_document, publish, sanity, save
from tests.stores import read_tree, snapshot_problems, verify

pytestmark = pytest.mark.django_db


SAME = ("shards", "bundles", "aliases", "removed", "schemas")


def roll_back(store: Store, serial: int) -> Snapshot:
    return run(request_rollback(serial=serial, by=None, reason="Wrong prices", in_background=False), store)


def content_of(store: Store) -> dict[str, Any]:
    """Everything in the live snapshot that is content."""
    return {name: read_base(store).snapshot[name] for name in SAME}


def without_stamps(tree: dict[str, bytes]) -> dict[str, Any]:
    """The manifest and the documents at the paths that it names, without what differs from serial to serial."""
    manifest = json.loads(tree["manifest.json"])
    names = [f"builders/{slug}" for slugs in manifest["builders"].values() for slug in slugs]
    for folder in ("providers", "stacks"):
        names += [f"{folder}/{group}/{slug}" for group, slugs in manifest[folder].items() for slug in slugs]
    files = {name: json.loads(tree[f"{name}.json"]) for name in names} | {"manifest": manifest}
    for file in files.values():
        file.pop("serial")
    manifest.pop("last_updated")
    return files


def publish_two_steps(store: Store) -> dict[str, Any]:
    """Serials 1 and 2; the content of 1."""
    approve_first_step()
    publish(store)
    first = content_of(store)
    approve_second_step()
    publish(store)
    assert content_of(store) != first
    return first


def test_earlier_content_comes_back_byte_for_byte(store: Store) -> None:
    approve_first_step()
    publish(store)
    first, files = content_of(store), without_stamps(read_tree(store))
    approve_second_step()
    publish(store)

    third = roll_back(store, 1)

    snapshot = read_base(store).snapshot
    assert (third.state, third.serial, third.rolled_back_to, third.note) == ("live", 3, 1, "Wrong prices")
    assert (snapshot["serial"], snapshot["rolled_back_to"]) == (3, 1)
    assert content_of(store) == first
    assert without_stamps(read_tree(store)) == files
    assert verify(store).problems == []


def test_rollback_is_a_child_of_what_was_live(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    second = Snapshot.objects.get(serial=2).path

    roll_back(folder_store, 1)

    assert read_base(folder_store).snapshot["parent"] == second
    assert list(Snapshot.objects.order_by("pk").values_list("serial", "state")) == [
        (1, "replaced"),
        (2, "replaced"),
        (3, "live"),
    ]


def test_live_revisions_follow_and_everything_else_stays(folder_store: FileSystemStore, editor: User) -> None:
    publish_two_steps(folder_store)
    save("provider", {**SANITY, "display_name": "A draft"}, editor, approved=False)
    before = [
        list(model.objects.order_by("pk").values("key", "display_name", "latest_revision", "approved_revision"))
        for model in ENTRY_MODELS
    ]
    counts = (Revision.objects.count(), Approval.objects.count())

    roll_back(folder_store, 1)

    assert live_numbers(Provider) == {
        "providers/cms/decap": 1,
        "providers/cms/sanity": 1,
        "providers/cms/tina": 1,
    }
    assert before == [
        list(model.objects.order_by("pk").values("key", "display_name", "latest_revision", "approved_revision"))
        for model in ENTRY_MODELS
    ]
    assert (Revision.objects.count(), Approval.objects.count()) == counts
    assert sanity().latest_revision.number == 3  # type: ignore[union-attr]


def test_next_plan_shows_what_would_be_published_again(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    second = content_of(folder_store)

    roll_back(folder_store, 1)

    assert {key: change.verb for key, change in collect_changes().items()} == {
        "builders/jekyll": "added",
        "providers/cms/contentful": "added",
        "providers/cms/decap": "removed",
        "providers/cms/sanity": "changed",
        "providers/cms/tina": "removed",
        "stacks/foundation/marketing": "changed",
    }
    publish(folder_store)
    assert without_serials(content_of(folder_store)) == without_serials(second)
    assert verify(folder_store).problems == []


def without_serials(content: dict[str, Any]) -> dict[str, Any]:
    removed = [{**stone, "serial": 0} for stone in content["removed"]]
    return {**content, "removed": removed}


def test_added_entries_disappear_and_removed_ones_come_back(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)

    roll_back(folder_store, 1)

    manifest = json.loads(read_tree(folder_store)["manifest.json"])
    assert manifest["providers"] == {"cms": ["decap", "sanity", "tina"]}
    assert manifest["builders"] == {"static_site": ["hugo"]}
    assert manifest["aliases"] == {"providers/cms/netlify_cms": "providers/cms/decap"}
    assert read_base(folder_store).snapshot["removed"] == []
    assert Provider.objects.get(key="providers/cms/contentful").live_revision is None


def test_rollback_is_rolled_back(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    second = content_of(folder_store)
    roll_back(folder_store, 1)

    fourth = roll_back(folder_store, 2)

    assert (fourth.serial, fourth.rolled_back_to) == (4, 2)
    # Tombstones too: they say in which serial an entry was removed first.
    assert content_of(folder_store) == second
    assert [stone["serial"] for stone in second["removed"]] == [2, 2]
    assert collect_changes() == {}
    assert verify(folder_store).problems == []


def test_rollback_over_several_serials(folder_store: FileSystemStore) -> None:
    first = publish_two_steps(folder_store)
    for cost in (1, 2, 3):
        save("provider", {**SANITY, "monthly_cost_range": [cost, cost]})
        publish(folder_store)
    save("provider", provider_document("tina", best_for="Once more"))
    publish(folder_store)

    roll_back(folder_store, 1)

    assert content_of(folder_store) == first
    assert live_numbers(Provider)["providers/cms/sanity"] == 1
    assert verify(folder_store).problems == []


def test_rollback_to_a_removal_has_its_first_tombstone(folder_store: FileSystemStore) -> None:
    publish_two_steps(folder_store)
    second = content_of(folder_store)
    save("provider", provider_document("tina", best_for="Back again"))
    publish(folder_store)

    roll_back(folder_store, 2)

    assert content_of(folder_store) == second
    assert [stone["key"] for stone in second["removed"]] == ["providers/cms/decap", "providers/cms/tina"]
    assert snapshot_problems(folder_store) == []


def test_rollback_starts_over_when_it_is_overtaken(folder_store: FileSystemStore, one_by_one: None) -> None:
    """The target stays; what goes back to it is computed anew from what is live by then."""
    first = publish_two_steps(folder_store)
    waiting = request_rollback(serial=1, by=None, reason="Wrong", in_background=False)
    Snapshot.objects.filter(pk=waiting.pk).update(state="failed")
    save("provider", provider_document("late", best_for="Nobody"))
    publish(folder_store)
    Snapshot.objects.filter(pk=waiting.pk).update(state="pending")

    run(waiting, folder_store)

    assert (waiting.state, waiting.serial) == ("live", 4)
    assert content_of(folder_store) == first
    assert waiting.changes.filter(entry_key="providers/cms/late", new_revision=None).count() == 1


def test_document_that_a_newer_rule_forbids_comes_back(
    folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_two_steps(folder_store)
    problem = plan.EntryProblem("providers/cms/sanity", "/display_name", "rule", "Not any more.")
    monkeypatch.setattr(candidate, "document_problems", lambda key, document: [problem])

    third = roll_back(folder_store, 1)

    assert (third.state, third.failure_reason) == ("live", "")
    assert content_of(folder_store) == first


def test_rollback_of_everything_needs_no_confirmation(folder_store: FileSystemStore) -> None:
    for number in range(12):
        save("provider", provider_document(f"cms-{number}"))
    publish(folder_store)
    for number in range(12):
        save("provider", provider_document(f"cms-{number}", best_for="All changed"))
    publish(folder_store)

    third = roll_back(folder_store, 1)

    assert (third.state, third.changes.count()) == ("live", 12)


def test_entry_that_was_removed_and_is_new_to_readers_is_changed_back(folder_store: FileSystemStore) -> None:
    save("provider", provider_document("tina"))
    publish(folder_store)
    save("provider", provider_document("tina", lifecycle=REMOVED))
    save("provider", SANITY)
    publish(folder_store)

    third = roll_back(folder_store, 1)

    rows = third.changes.values_list("entry_key", "old_revision__number", "new_revision__number")
    assert list(rows) == [("providers/cms/sanity", 1, None), ("providers/cms/tina", 2, 1)]
    assert verify(folder_store).documents == 1

"""What is in the tree and in the rows after a publish."""

import gzip
import json
from typing import Any

import pytest

from catalog.actions.approvals import withdraw_approval
from catalog.actions.errors import RefusedError
from catalog.models import Builder, Provider, Snapshot, Stack
from catalog.publishing.base import read_base
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import (
    PUBLIC_URL,
    approve_first_step,
    approve_second_step,
    live_numbers,
    request,
    run,
)
from tests.factories import SANITY, builder_document, provider_document, publish, sanity, save
from tests.stores import CountingStore, InterruptedStore, read_tree, verify

pytestmark = pytest.mark.django_db


def read_json(store: Store, path: str) -> dict[str, Any]:
    stored = store.get(path)
    assert stored is not None
    found: dict[str, Any] = json.loads(stored.content)
    return found


def test_publish_writes_sanity_example_with_same_values() -> None:
    save("provider", SANITY)

    snapshot = publish()

    published = read_json(open_store(), "providers/cms/sanity.json")
    assert published.pop("serial") == snapshot.serial == 1
    assert published.pop("last_updated") == sanity().live_revision.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[union-attr]
    assert published == SANITY


def test_first_publish_is_whole(store: Store) -> None:
    approve_first_step()

    snapshot = publish(store)

    report = verify(store)
    assert (snapshot.state, snapshot.serial, snapshot.failure_reason) == ("live", 1, "")
    assert (report.problems, report.serial, report.documents) == ([], 1, 5)
    assert report.notes == []


def test_first_publish_writes_every_class_of_file(folder_store: FileSystemStore) -> None:
    save("provider", SANITY)

    snapshot = publish(folder_store)

    digest = sanity().live_revision.sha256  # type: ignore[union-attr]
    shard = read_base(folder_store).snapshot["shards"]["providers/cms"]["sha256"]
    bundle = read_base(folder_store).snapshot["bundles"]["providers/cms"]["sha256"]
    schemas = ("builder", "current", "index", "keys", "manifest", "provider", "snapshot", "stack")
    assert sorted(read_tree(folder_store)) == sorted(
        [
            f"objects/{digest[:2]}/{digest}.json",
            f"index/{shard}.json",
            f"bundles/{bundle}.json.gz",
            snapshot.path,
            *(f"schemas/{name}/1.0.0.json" for name in schemas),
            "schemas/pointer/1.1.0.json",
            "current.json",
            "keys.json",
            "manifest.json",
            "fallback.json",
            "providers/cms/sanity.json",
        ]
    )


def test_bundle_holds_the_documents_of_its_shard(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)

    bundle = read_base(folder_store).snapshot["bundles"]["providers/cms"]["sha256"]

    content = read_tree(folder_store)[f"bundles/{bundle}.json.gz"]
    documents = json.loads(gzip.decompress(content))
    assert sorted(documents) == ["providers/cms/decap", "providers/cms/sanity", "providers/cms/tina"]
    assert documents["providers/cms/sanity"] == SANITY


def test_published_schema_is_known_by_its_address(folder_store: FileSystemStore) -> None:
    save("provider", SANITY)
    publish(folder_store)

    schema = read_json(folder_store, "schemas/provider/1.0.0.json")

    assert schema["$id"] == f"{PUBLIC_URL}/schemas/provider/1.0.0.json"


def test_second_publish_moves_everything_forward(store: Store) -> None:
    approve_first_step()
    first = publish(store)
    approve_second_step()

    second = publish(store)

    first.refresh_from_db()
    assert (first.state, second.state, second.serial) == ("replaced", "live", 2)
    assert (verify(store).problems, verify(store).documents) == ([], 5)
    assert read_json(store, "providers/cms/sanity.json")["monthly_cost_range"] == [99, 300]
    assert live_numbers(Provider) == {
        "providers/cms/contentful": 1,
        "providers/cms/decap": 2,
        "providers/cms/sanity": 2,
        "providers/cms/tina": 2,
    }
    assert live_numbers(Builder) == {"builders/hugo": 1, "builders/jekyll": 1}
    assert live_numbers(Stack) == {"stacks/foundation/marketing": 2}


def test_manifest_names_what_is_published(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    approve_second_step()
    second = publish(folder_store)

    manifest = read_json(folder_store, "manifest.json")

    assert second.published_at is not None
    assert manifest == {
        "schema_version": "1.0.0",
        "last_updated": second.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "serial": 2,
        "providers": {"cms": ["contentful", "sanity"]},
        "builders": {"static_site": ["hugo", "jekyll"]},
        "stacks": {"foundation": ["marketing"]},
        "aliases": {"providers/cms/content_ful": "providers/cms/contentful"},
        "cdn_urls": {"base": PUBLIC_URL, "manifest": f"{PUBLIC_URL}/manifest.json"},
    }


def test_removed_entries_leave_tombstones(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    approve_second_step()
    publish(folder_store)
    save("builder", builder_document("eleventy"))
    publish(folder_store)

    snapshot = read_base(folder_store).snapshot

    said = {"serial": 2, "reason": "It closed."}
    assert snapshot["removed"] == [
        {"key": "providers/cms/decap", "replacement": "providers/cms/sanity", **said},
        {"key": "providers/cms/tina", "replacement": None, **said},
    ]
    assert snapshot["aliases"] == {"providers/cms/content_ful": "providers/cms/contentful"}


def test_entry_that_comes_back_has_no_tombstone(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    approve_second_step()
    publish(folder_store)
    save("provider", provider_document("tina", best_for="Those who missed it"))
    publish(folder_store)

    removed = [tombstone["key"] for tombstone in read_base(folder_store).snapshot["removed"]]

    assert removed == ["providers/cms/decap"]
    assert read_json(folder_store, "providers/cms/tina.json")["best_for"] == "Those who missed it"
    assert verify(folder_store).problems == []


def test_alias_moves_to_another_entry(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    save("provider", provider_document("decap"))
    save("provider", provider_document("tina", aliases=["providers/cms/netlify_cms"]))

    publish(folder_store)

    assert read_base(folder_store).snapshot["aliases"] == {"providers/cms/netlify_cms": "providers/cms/tina"}
    assert verify(folder_store).problems == []


def test_snapshot_names_its_parent(folder_store: FileSystemStore) -> None:
    approve_first_step()
    first = publish(folder_store)
    approve_second_step()

    publish(folder_store)

    snapshot = read_base(folder_store).snapshot
    assert (snapshot["serial"], snapshot["parent"], snapshot["rolled_back_to"]) == (2, first.path, None)


def test_old_snapshot_can_still_be_read(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)
    approve_second_step()

    publish(folder_store)

    after = read_tree(folder_store)
    kept = {path: content for path, content in before.items() if path.startswith(("objects/", "index/", "bundles/"))}
    assert {path: after[path] for path in kept} == kept


def test_draft_is_not_published(folder_store: FileSystemStore) -> None:
    save("provider", SANITY)
    save("provider", {**SANITY, "display_name": "A draft"}, approved=False)

    publish(folder_store)

    assert read_json(folder_store, "providers/cms/sanity.json")["display_name"] == "Sanity CMS"


def test_draft_category_of_a_builder_does_not_leak_into_the_manifest(folder_store: FileSystemStore) -> None:
    save("builder", builder_document("hugo"))
    publish(folder_store)
    save("builder", builder_document("hugo", category="container"), approved=False)
    save("provider", SANITY)

    publish(folder_store)

    assert read_json(folder_store, "manifest.json")["builders"] == {"static_site": ["hugo"]}
    assert verify(folder_store).problems == []


def test_withdrawn_approval_is_not_published(folder_store: FileSystemStore, publisher: Any) -> None:
    save("provider", provider_document("decap"))
    save("provider", SANITY)
    withdraw_approval(sanity(), by=publisher)

    publish(folder_store)

    assert read_json(folder_store, "manifest.json")["providers"] == {"cms": ["decap"]}


def test_nothing_to_publish_is_refused(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    watched = CountingStore(folder_store)

    with pytest.raises(RefusedError, match=r"^There is nothing to publish: everything that is approved is live\.$"):
        publish(watched)

    assert watched.requests == []
    assert Snapshot.objects.count() == 1


def test_request_while_another_publish_runs_is_brought_up_to_date(folder_store: FileSystemStore) -> None:
    approve_first_step()
    waiting: list[Snapshot] = []

    def ask_for_more() -> None:
        save("provider", {**SANITY, "display_name": "Sanity again"})
        waiting.append(request())

    first = run(request(), InterruptedStore(folder_store, ask_for_more, path="current.json"))
    asked_for = waiting[0].changes.count()
    second = run(waiting[0], folder_store)

    changes = list(second.changes.values_list("entry_key", "old_revision__number", "new_revision__number"))
    assert (asked_for, changes) == (5, [("providers/cms/sanity", 1, 2)])
    assert [(first.state, first.serial), (second.state, second.serial)] == [("live", 1), ("live", 2)]
    assert verify(folder_store).problems == []


def test_request_that_was_overtaken_says_so(folder_store: FileSystemStore) -> None:
    approve_first_step()
    overtaken = request()
    Snapshot.objects.filter(pk=overtaken.pk).update(state="failed")
    publish(folder_store)
    Snapshot.objects.filter(pk=overtaken.pk).update(state="pending")

    run(overtaken, folder_store)

    assert (overtaken.state, overtaken.failure_reason) == (
        "failed",
        "Nothing is left to publish: all of it is live already.",
    )

"""Everything that can be read, from a cold client to a warm one."""

import json
import logging
from pathlib import Path

import pytest
from registry_client import EntryNotFound, RegistryClient

from tests.client.conftest import DEPRECATED, REMOVED, Make, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import URL, Copies, Server
from tests.factories import KEY, SANITY, builder_document, provider_document, stack_document


def test_manifest_is_that_of_the_fixed_path(client: RegistryClient, registry: MemoryRegistry) -> None:
    assert client.get_manifest() == json.loads(registry.files["manifest.json"])


def test_entries_are_read_by_name(client: RegistryClient) -> None:
    assert client.get_provider("cms", "sanity") == SANITY
    assert client.get_builder("hugo") == builder_document("hugo")
    assert client.get_stack_metadata("marketing") == stack_document("marketing")
    assert client.get_stack_metadata("cms-tiers/sanity-cms-tier")["category"] == "cms-tiers"
    assert client.get_stack_metadata("sanity-cms-tier")["category"] == "cms-tiers"
    assert client.get_entry("providers/cms/tina.json") == provider_document("tina")


def test_lists_are_sorted_and_by_category(client: RegistryClient) -> None:
    assert [one["provider_name"] for one in client.get_all_providers()] == ["decap", "sanity", "tina", "snipcart"]
    assert [one["provider_name"] for one in client.get_all_providers("ecommerce")] == ["snipcart"]
    assert client.get_all_providers("ssg") == []
    assert [one["builder_name"] for one in client.get_builders()] == ["docker", "hugo"]
    assert len(client.get_stacks()) == 3
    assert [one["stack_name"] for one in client.get_stacks("foundation")] == ["marketing", "modern-performance"]


def test_old_names_lead_to_the_entry(client: RegistryClient) -> None:
    assert client.get_provider("cms", "netlify_cms")["provider_name"] == "decap"
    assert client.get_stack_metadata("modern_performance")["stack_name"] == "modern-performance"


@pytest.mark.parametrize(
    "key", ["providers/cms/nobody", "providers/nothing/sanity", "../../etc/passwd", "", "a", "providers"]
)
def test_unknown_entry_is_not_found(client: RegistryClient, key: str) -> None:
    with pytest.raises(EntryNotFound) as caught:
        client.get_entry(key)
    assert (caught.value.key, caught.value.reason, caught.value.replacement) == (key, None, None)


def test_unknown_stack_is_not_found(client: RegistryClient) -> None:
    with pytest.raises(EntryNotFound, match=r"^The registry has no stacks/\*/nothing\.$"):
        client.get_stack_metadata("nothing")


def test_removed_entry_says_why_and_what_instead(client: RegistryClient, registry: MemoryRegistry) -> None:
    registry.publish(removed={"providers/cms/tina": REMOVED})
    with pytest.raises(EntryNotFound, match=r"removed: It closed\. Use providers/cms/sanity instead\.$") as caught:
        client.get_provider("cms", "tina")
    assert (caught.value.reason, caught.value.replacement) == ("It closed.", "providers/cms/sanity")


def test_deprecated_entry_warns_once_and_disabled_is_listed(
    client: RegistryClient, registry: MemoryRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    disabled = provider_document("decap", lifecycle={"state": "disabled", "reason": "For now."})
    registry.publish(provider_document("tina", lifecycle=DEPRECATED), disabled)
    with caplog.at_level(logging.WARNING, "registry_client"):
        assert disabled in client.get_all_providers("cms")
        client.get_provider("cms", "tina")
        client.get_provider("cms", "tina")
    assert caplog.messages == ["providers/cms/tina is deprecated: It is old. Use providers/cms/sanity instead."]


def test_what_a_caller_changes_is_his_own(client: RegistryClient) -> None:
    client.get_provider("cms", "sanity")["display_name"] = "Mine"
    client.get_all_providers()[0].clear()
    assert client.get_provider("cms", "sanity") == SANITY
    assert len(client.get_all_providers()[0]) > 1


def test_search_finds_what_fits_all(client: RegistryClient) -> None:
    assert [one["provider_name"] for one in client.search("REAL-time sanity", kind="provider")] == ["sanity"]
    assert client.search("sanity", kind="builder") == []
    assert [one["provider_name"] for one in client.search("structured content")] == ["sanity"]
    assert [one["provider_name"] for one in client.search(features=["groq_querying", "real_time_apis"])] == ["sanity"]
    assert client.search(features=["groq_querying", "nothing"]) == []
    assert [one["provider_name"] for one in client.search(ssg_engine="astro", max_monthly_cost=65)] == ["sanity"]
    assert client.search(max_monthly_cost=64) == []
    assert len(client.search(kind="stack")) == 3
    assert [one["builder_name"] for one in client.search(kind="builder", category="container")] == ["docker"]


def test_cold_list_needs_two_requests_and_one_a_type(
    make_client: Make, server: Server, registry: MemoryRegistry
) -> None:
    make_client(trusted_keys=[KEY.x]).get_all_providers()
    assert sorted(server.seen()) == sorted(
        [
            "current.json",
            registry.snapshots()[0],
            registry.bundle_of("providers/cms"),
            registry.bundle_of("providers/ecommerce"),
        ]
    )


def test_first_contact_without_keys_asks_for_them_once(make_client: Make, server: Server, cache_dir: Path) -> None:
    make_client(cache_dir=cache_dir).get_provider("cms", "sanity")
    assert "keys.json" in server.seen()
    second = make_client(cache_dir=cache_dir, ttl_seconds=0)
    second.get_provider("cms", "sanity")
    assert (server.seen(), second.source) == (["current.json"], "cdn")


def test_warm_reads_ask_nothing_then_once(client: RegistryClient, server: Server, clock: Seconds) -> None:
    client.get_all_providers()
    assert client.source == "cdn"
    server.seen()
    client.get_all_providers()
    assert (server.seen(), client.source) == ([], "memory")
    clock.move(seconds=301)
    assert client.status().fresh is False
    client.get_all_providers()
    assert (server.seen(), server.answers[-1], client.status().fresh) == (["current.json"], 304, True)


def test_only_what_changed_is_fetched_again(
    client: RegistryClient, server: Server, clock: Seconds, registry: MemoryRegistry
) -> None:
    client.get_all_providers()
    server.seen()
    registry.publish(provider_document("tina", display_name="New"))
    clock.move(seconds=301)
    assert client.get_provider("cms", "tina")["display_name"] == "New"
    assert server.seen() == ["current.json", registry.snapshots()[-1], registry.bundle_of("providers/cms")]


def test_disk_cache_answers_another_process_without_a_request(
    make_client: Make, server: Server, cache_dir: Path
) -> None:
    make_client(cache_dir=cache_dir).get_all_providers()
    server.seen()
    other = make_client(cache_dir=cache_dir)
    assert len(other.get_all_providers()) == 4
    assert (server.seen(), other.source, other.status().fresh) == ([], "disk", True)


def test_folder_is_read_like_an_address(registry: MemoryRegistry, make_client: Make, tmp_path: Path) -> None:
    for path, content in registry.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert make_client(tmp_path.as_uri()).get_provider("cms", "sanity") == SANITY


def test_update_is_told_once(client: RegistryClient, registry: MemoryRegistry, clock: Seconds) -> None:
    told: list[object] = []
    client.on_update(lambda status: told.append((status.serial, client.snapshot_serial)))
    client.get_builders()
    registry.publish(builder_document("jekyll"))
    clock.move(seconds=301)
    client.get_builders()
    client.get_builders()
    assert told == [(2, 2)]


def test_plain_registry_tells_when_its_manifest_changed(
    client: RegistryClient, registry: MemoryRegistry, clock: Seconds
) -> None:
    told: list[object] = []
    del registry.files["current.json"]
    client.on_update(lambda status: told.append(status.serial))
    client.get_builders()
    clock.move(seconds=301)
    client.get_builders()
    registry.publish(builder_document("jekyll"))
    del registry.files["current.json"]
    clock.move(seconds=301)
    assert (len(client.get_builders()), told) == (3, [2])


def test_plain_registry_is_read_by_fixed_paths(
    client: RegistryClient, registry: MemoryRegistry, server: Server
) -> None:
    for path in list(registry.files):
        if path.startswith(("current", "keys", "objects", "index", "bundles", "snapshots")):
            del registry.files[path]
    assert client.get_provider("cms", "sanity") == json.loads(registry.files["providers/cms/sanity.json"])
    assert client.get_manifest() == json.loads(registry.files["manifest.json"])
    assert client.get_stack_metadata("modern_performance")["stack_name"] == "modern-performance"
    assert (client.status().signed, client.url) == (False, URL)


PLAIN = {
    "manifest.json": {
        "providers": {"cms": ["sanity"]},
        "stacks": {"foundation": ["marketing"]},
        "aliases": {"providers/cms/x": 5, "providers/cms/y": "providers/cms/sanity", "stacks/foundation/z": ["a"]},
    },
    "providers/cms/sanity.json": SANITY,
    "stacks/foundation/marketing.json": {"display_name": "Marketing", "monthly_cost_range": ["much"]},
}


def test_plain_registry_that_nobody_has_checked_raises_no_other_error(client: RegistryClient, server: Server) -> None:
    server.registry = Copies({path: json.dumps(value).encode() for path, value in PLAIN.items()})
    assert client.get_provider("cms", "y") == SANITY
    with pytest.raises(EntryNotFound):
        client.get_provider("cms", "x")
    with pytest.raises(EntryNotFound):
        client.get_stack_metadata("z")
    assert client.search(kind="stack", max_monthly_cost=5) == []


def test_files_can_be_had_one_by_one(client: RegistryClient, registry: MemoryRegistry) -> None:
    registry.publish(provider_document("tina", display_name="New"), removed={"builders/docker": REMOVED})
    new, old = client.get_snapshot(), client.get_snapshot(1)
    assert (new.serial, old.serial, new.count, old.count) == (2, 1, 8, 9)
    assert [(change.verb, change.key) for change in client.get_changes(old, new)] == [
        ("removed", "builders/docker"),
        ("changed", "providers/cms/tina"),
    ]
    line = client.get_index(new)["providers/cms/sanity"]
    assert json.loads(client.fetch_object(line.sha256)) == SANITY
    assert client.fetch_file(line.file) == client.fetch_object(line.sha256)
    assert client.get_current().pointer == registry.files["current.json"]
    assert client.fetch_unverified("manifest.json") == registry.files["manifest.json"]
    assert client.fetch_unverified("nothing.json") is None
    for path in ("../secret", "/etc/passwd", "a//b", "", ".hidden", "a?b"):
        with pytest.raises(ValueError, match=r"is no path of a published tree\.$"):
            client.fetch_unverified(path)

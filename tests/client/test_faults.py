"""Networks that fail: the last good copy is served, never called fresh; then the fallback, then an error."""

from pathlib import Path

import httpx
import pytest
from registry_client import (
    DigestMismatch,
    EntryNotFound,
    Malformed,
    PointerExpired,
    RegistryClient,
    RegistryUnavailable,
    SnapshotNotFound,
)

from tests.client.conftest import Make, Seconds
from tests.client.registry import MemoryRegistry
from tests.client.serving import URL, Fault, Server, answer_from
from tests.factories import KEY, SANITY, provider_document

MIRROR = "https://mirror.test"


def broken(request: httpx.Request, path: str) -> httpx.Response:
    return httpx.Response(500)


def unreachable(request: httpx.Request, path: str) -> httpx.Response:
    raise httpx.ConnectError("no route to host")


def only_at(host: str, fault: Fault) -> Fault:
    return lambda request, path: fault(request, path) if request.url.host == host else None


@pytest.mark.parametrize("fault", [broken, unreachable])
def test_stale_copy_is_served_then_the_error_is_raised(
    client: RegistryClient, server: Server, clock: Seconds, fault: Fault
) -> None:
    assert client.get_provider("cms", "sanity") == SANITY
    server.fault = fault
    clock.move(days=6)
    assert (client.get_provider("cms", "sanity"), client.status().fresh) == (SANITY, False)
    assert isinstance(client.status().last_error, RegistryUnavailable)
    clock.move(days=2)
    with pytest.raises(RegistryUnavailable):
        client.get_provider("cms", "sanity")


def test_failed_refresh_is_not_tried_again_at_once(client: RegistryClient, server: Server, clock: Seconds) -> None:
    client.get_builders()
    server.fault = broken
    clock.move(seconds=301)
    server.seen()
    client.get_builders()
    client.get_builders()
    clock.move(seconds=29)
    client.get_builders()
    assert server.seen() == ["current.json"]
    clock.move(seconds=2)
    client.get_builders()
    assert server.seen() == ["current.json"]


def test_mirror_answers_when_the_first_does_not(make_client: Make, server: Server) -> None:
    server.fault = only_at("registry.test", broken)
    client = make_client(mirrors=[MIRROR])
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "mirror")


def test_mirror_has_what_the_first_has_lost(make_client: Make, server: Server, registry: MemoryRegistry) -> None:
    bundle = registry.bundle_of("providers/cms")
    damaged = registry.copy()
    damaged.corrupt(bundle)
    server.fault = only_at("registry.test", lambda request, path: answer_from(damaged.files, request, path))
    client = make_client(mirrors=[MIRROR])
    assert (client.get_provider("cms", "sanity"), client.source) == (SANITY, "cdn")


def refused(request: httpx.Request, path: str) -> httpx.Response:
    return httpx.Response(404)


def damaged(request: httpx.Request, path: str) -> httpx.Response:
    return httpx.Response(200, content=b"no JSON")


def below(folder: str, fault: Fault) -> Fault:
    return lambda request, path: fault(request, path) if path.startswith(folder) else None


FAULTS = [broken, unreachable, refused, damaged]


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_has_the_earlier_snapshot_that_the_first_has_not(
    make_client: Make, server: Server, registry: MemoryRegistry, fault: Fault
) -> None:
    registry.publish(provider_document("tina", display_name="New"))
    server.fault = only_at("registry.test", below(registry.snapshots()[0], fault))
    assert make_client(mirrors=[MIRROR]).get_snapshot(1).serial == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        *((broken, RegistryUnavailable), (unreachable, RegistryUnavailable)),
        *((refused, SnapshotNotFound), (damaged, DigestMismatch)),
    ],
)
def test_earlier_snapshot_that_nobody_has_raises_why(
    make_client: Make, server: Server, registry: MemoryRegistry, fault: Fault, error: type[Exception]
) -> None:
    registry.publish(provider_document("tina", display_name="New"))
    server.fault = below(registry.snapshots()[0], fault)
    with pytest.raises(error):
        make_client(mirrors=[MIRROR]).get_snapshot(1)


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_has_the_document_of_a_plain_registry_that_the_first_has_not(
    make_client: Make, server: Server, registry: MemoryRegistry, clock: Seconds, fault: Fault
) -> None:
    del registry.files["current.json"]
    server.fault = only_at("registry.test", below("providers/cms", fault))
    client = make_client(mirrors=[MIRROR])
    before = client.get_all_providers()
    assert len(before) == 4

    server.fault = below("providers/cms", fault)
    clock.move(seconds=301)
    client.refresh()
    assert client.get_all_providers() == before


@pytest.mark.parametrize("fault", FAULTS)
def test_document_of_a_plain_registry_that_nobody_has_is_an_error(
    make_client: Make, server: Server, registry: MemoryRegistry, fault: Fault
) -> None:
    del registry.files["current.json"]
    server.fault = below("providers/cms", fault)
    with pytest.raises((RegistryUnavailable, Malformed)) as caught:
        make_client(mirrors=[MIRROR]).get_all_providers()
    assert "mirror" not in str(caught.value)


def test_error_of_the_first_notes_what_the_mirrors_said(make_client: Make, server: Server) -> None:
    server.fault = broken
    with pytest.raises(
        RegistryUnavailable, match=r"^https://registry\.test/current\.json answered with status 500"
    ) as caught:
        make_client(mirrors=[MIRROR]).refresh()
    assert caught.value.__notes__ == [f"{MIRROR}/current.json answered with status 500."]


@pytest.mark.parametrize("at", range(1, 5))
def test_network_that_goes_away_within_a_refresh_breaks_no_read(
    client: RegistryClient, server: Server, registry: MemoryRegistry, clock: Seconds, at: int
) -> None:
    before = client.get_all_providers()
    registry.publish(
        provider_document("tina", display_name="New"),
        provider_document("foxy", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay"),
    )
    clock.move(seconds=301)
    server.seen()
    server.fault = lambda request, path: httpx.Response(503) if len(server.requests) >= at else None
    after = client.get_all_providers()
    assert len(after) == (4 if at < 5 else 5)
    assert after == before


def test_given_fallback_answers_last(make_client: Make, server: Server, clock: Seconds) -> None:
    server.fault = broken
    client = make_client(
        fallback={"providers/cms/sanity.json": SANITY, "manifest.json": {"providers": {"cms": ["sanity"]}}}
    )
    assert client.get_provider("cms", "sanity") == SANITY
    assert client.get_all_providers() == [SANITY]
    assert client.get_manifest() == {"providers": {"cms": ["sanity"]}}
    assert (client.source, client.status().fresh, client.status().serial) == ("fallback", False, None)
    with pytest.raises(EntryNotFound):
        client.get_provider("cms", "tina")
    # The fallback answers at once: only the first of these reads has waited for the network.
    assert server.seen().count("current.json") == 1
    server.fault = None
    clock.move(seconds=31)
    assert (len(client.get_all_providers()), client.source) == (4, "cdn")


def test_packaged_folder_answers_last_however_old(
    make_client: Make, server: Server, registry: MemoryRegistry, clock: Seconds, tmp_path: Path
) -> None:
    write_tree(registry, tmp_path)
    server.fault = broken
    clock.move(days=400)
    client = make_client(fallback=tmp_path)
    assert (len(client.get_all_providers()), client.source, client.snapshot_serial) == (4, "fallback", 1)
    assert client.status().fresh is False


def test_part_that_cannot_be_loaded_comes_from_the_fallback_whole(
    make_client: Make, server: Server, registry: MemoryRegistry, tmp_path: Path
) -> None:
    write_tree(registry, tmp_path)
    registry.publish(provider_document("tina", display_name="New"))
    server.fault = lambda request, path: httpx.Response(503) if path.startswith("bundles/") else None
    client = make_client(fallback=tmp_path)
    assert (client.get_provider("cms", "tina"), client.source) == (provider_document("tina"), "fallback")


def write_tree(registry: MemoryRegistry, folder: Path) -> None:
    for path, content in registry.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def test_clock_that_is_set_back_asks_again(client: RegistryClient, server: Server, clock: Seconds) -> None:
    client.get_builders()
    server.seen()
    clock.move(minutes=-10)
    client.get_builders()
    assert (server.seen(), client.status().fresh) == (["current.json"], True)


def test_clock_that_is_years_ahead_keeps_nothing_fresh(client: RegistryClient, clock: Seconds) -> None:
    clock.move(days=1000)
    with pytest.raises(PointerExpired):
        client.get_builders()


def test_wrong_options_are_said(clock: Seconds) -> None:
    for options, error, message in (
        ({"url": "registry.test"}, ValueError, "is no address of a registry"),
        ({"url": "https://user:secret@registry.test"}, ValueError, "password"),
        ({"url": "https://registry.test/?a=b"}, ValueError, "query"),
        ({"mirrors": "https://mirror.test"}, TypeError, "list of addresses"),
        ({"ttl_seconds": -1}, ValueError, "ttl_seconds cannot be -1"),
        ({"timeout_seconds": 0}, ValueError, "timeout_seconds cannot be 0"),
        ({"trusted_keys": []}, ValueError, "trusted_keys is empty"),
        ({"trusted_keys": KEY.x}, TypeError, "list of keys"),
        ({"trusted_keys": ["short"]}, ValueError, "trusted_keys: "),
        ({"trusted_keys": {"kid": KEY.x}}, ValueError, "is not the thumbprint"),
        ({"ttl": 3}, TypeError, "no option 'ttl'"),
    ):
        with pytest.raises(error, match=message):
            RegistryClient(**{"url": URL, **options})  # type: ignore[arg-type]

"""A publish tells the CDN what to forget, once it is committed, whoever dies meanwhile."""

from collections.abc import Sequence

import pytest
from structlog.contextvars import get_contextvars

from catalog.models import Invalidation, Snapshot
from catalog.publishing import publish as publishing
from catalog.publishing.cdn import CdnError
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.deliveries import RecordingCdn, publish_through, rows, sweep
from tests.catalog.publishing.histories import approve_first_step, approve_second_step
from tests.factories import SANITY, provider_document, save
from tests.stores import BreakingStore, Killed, WrappedStore

pytestmark = pytest.mark.django_db


def test_publish_invalidates_only_the_mutable_paths_that_changed(folder_store: FileSystemStore) -> None:
    cdn = RecordingCdn()
    approve_first_step()
    publish_through(folder_store, cdn)
    cdn.requests.clear()
    save("provider", {**SANITY, "monthly_cost_range": [1, 2]})
    save("provider", provider_document("new"))

    second = publish_through(folder_store, cdn)

    ((paths, reference),) = cdn.requests
    assert sorted(paths) == [
        "/v1/current.json",
        "/v1/keys.json",
        "/v1/manifest.json",
        "/v1/providers/cms/new.json",
        "/v1/providers/cms/sanity.json",
    ]
    assert reference.startswith(second.path.removeprefix("snapshots/").removesuffix(".json"))
    assert rows()[-1] == ("accepted", 1, "")


def test_large_publish_invalidates_whole_folders(folder_store: FileSystemStore) -> None:
    cdn = RecordingCdn()
    for number in range(30):
        save("provider", provider_document(f"cms-{number}"))

    publish_through(folder_store, cdn)

    assert cdn.requests[0][0] == ["/v1/current.json", "/v1/keys.json", "/v1/manifest.json", "/v1/providers/*"]


def test_nothing_is_invalidated_before_the_commit_and_the_copies(
    folder_store: FileSystemStore, one_by_one: None
) -> None:
    seen: list[tuple[str, int, int]] = []
    cdn = RecordingCdn()

    class Watched(WrappedStore):
        def before(self, request: str, path: str) -> None:
            seen.append((path, len(cdn.requests), Invalidation.objects.count()))

    approve_first_step()
    publish_through(Watched(folder_store), cdn)

    assert [path for path, asked, kept in seen if asked or kept] == []
    assert (seen[-1][0], len(cdn.requests)) == ("manifest.json", 1)


def test_what_the_cdn_refuses_is_said_with_the_snapshot(
    folder_store: FileSystemStore,
) -> None:
    said: list[object] = []

    class Refusing(RecordingCdn):
        def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
            said.append(get_contextvars().get("snapshot"))
            return super().invalidate(paths, reference=reference)

    approve_first_step()

    snapshot = publish_through(folder_store, Refusing(CdnError("Away.")))

    assert said == [snapshot.pk]
    assert "snapshot" not in get_contextvars()


def test_failed_publish_invalidates_nothing(folder_store: FileSystemStore, one_by_one: None) -> None:
    cdn = RecordingCdn()
    approve_first_step()

    snapshot = publish_through(BreakingStore(folder_store, at=3, how="refused"), cdn)

    assert (snapshot.state, cdn.requests, rows()) == ("failed", [], [])


def test_publisher_that_dies_before_it_told_the_cdn_is_made_up_for(
    folder_store: FileSystemStore, one_by_one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdn = RecordingCdn()
    approve_first_step()

    def die(*arguments: object, **options: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "send_invalidations", die)
        with pytest.raises(Killed):
            publish_through(folder_store, cdn)
    before = (rows(), Snapshot.objects.get().state, list(cdn.requests))
    sweep(folder_store, cdn)

    assert before == ([("waiting", 0, "")], "live", [])
    assert (rows(), len(cdn.requests)) == ([("accepted", 1, "")], 1)


def test_publisher_that_dies_after_the_commit_is_made_up_for(folder_store: FileSystemStore, one_by_one: None) -> None:
    cdn = RecordingCdn()
    approve_first_step()
    writes = BreakingStore(folder_store, at=10_000, how="killed after")
    publish_through(writes, cdn)
    approve_second_step()
    cdn.requests.clear()

    class Dying(WrappedStore):
        def after(self, request: str, path: str) -> None:
            if request.startswith("put") and path == "current.json":
                raise Killed

    with pytest.raises(Killed):
        publish_through(Dying(folder_store), cdn)
    assert cdn.requests == []
    sweep(folder_store, cdn)

    ((paths, _),) = cdn.requests
    assert "/v1/current.json" in paths
    assert "/v1/providers/cms/contentful.json" in paths


def test_cdn_that_refuses_does_not_fail_the_publish(folder_store: FileSystemStore) -> None:
    approve_first_step()

    snapshot = publish_through(folder_store, RecordingCdn(CdnError("403")))

    assert (snapshot.state, snapshot.failure_reason, rows()) == ("live", "", [("waiting", 1, "403")])

"""What keeps a publish from happening: then nothing is written, and everything that is wrong is said at once."""

import pytest

from catalog.actions.errors import RefusedError
from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.models import Provider, Revision, Snapshot
from catalog.publishing.stores.base import StoreError
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.publishing.histories import REMOVED, approve_first_step, force_revision, request, run
from tests.factories import SANITY, provider_document, publish, save, stack_document
from tests.stores import CountingStore, WrappedStore, read_tree, verify

pytestmark = pytest.mark.django_db
HEADING = "Nothing was published; this has to be put right first:"
UNPUBLISHED = "providers/cms/sanity is not published and not part of this publish."
DEPRECATED = {**REMOVED, "state": "deprecated", "replacement": "providers/cms/sanity"}


def break_document(snapshot: Snapshot, key: str, **members: object) -> Revision:
    """Put a document that no action lets through into a Snapshot that waits."""
    revision = snapshot.changes.get(entry_key=key).new_revision
    assert revision is not None
    document = {**revision.document, **members}
    content = canonical_bytes(document)
    return force_revision(
        snapshot, key, canonical=content.decode(), sha256=sha256_hex(content), size_bytes=len(content)
    )


def test_invalid_document_blocks_everything(folder_store: FileSystemStore) -> None:
    approve_first_step()
    snapshot = request()
    break_document(snapshot, "providers/cms/sanity", monthly_cost_range=[300, 99], complexity_level="easy")
    break_document(snapshot, "providers/cms/decap", surprise=True)
    watched = CountingStore(folder_store)

    run(snapshot, watched)

    assert snapshot.state == "failed"
    assert snapshot.failure_reason.splitlines() == [
        HEADING,
        "providers/cms/decap /surprise: There is no such member here.",
        "providers/cms/sanity /complexity_level: This must be one of low, low_to_medium, medium, medium_to_high, high.",
        "providers/cms/sanity /monthly_cost_range: “From” (300) is more than “to” (99).",
    ]
    assert watched.writes() == []
    assert read_tree(folder_store) == {}


def test_invalid_document_leaves_the_live_tree_as_it_is(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)
    save("provider", {**SANITY, "display_name": "Other"})
    snapshot = request()
    break_document(snapshot, "providers/cms/sanity", display_name="")

    run(snapshot, folder_store)

    assert (snapshot.state, read_tree(folder_store)) == ("failed", before)


def test_reference_to_an_unpublished_entry_is_refused() -> None:
    save("provider", SANITY, approved=False)
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    with pytest.raises(RefusedError) as raised:
        request()

    assert str(raised.value).splitlines() == [
        HEADING,
        f"stacks/foundation/marketing /providers/cms/0: {UNPUBLISHED}",
    ]
    assert Snapshot.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "document", "path"),
    [
        ("stack", stack_document(providers={"cms": ["sanity"]}), "/providers/cms/0"),
        ("provider", provider_document("decap", lifecycle=DEPRECATED), "/lifecycle/replacement"),
    ],
    ids=["stack", "replacement"],
)
def test_removing_what_others_name_is_refused(
    folder_store: FileSystemStore, kind: str, document: dict[str, object], path: str
) -> None:
    save("provider", SANITY)
    key = save(kind, document)
    publish(folder_store)
    save("provider", {**SANITY, "lifecycle": REMOVED})

    with pytest.raises(RefusedError) as raised:
        request()

    assert str(raised.value).splitlines() == [
        HEADING,
        f"{key} {path}: {UNPUBLISHED}",
    ]


def test_removing_a_builder_that_is_named_is_refused(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    save("builder", {**_live_document("builders/hugo"), "lifecycle": REMOVED})

    with pytest.raises(RefusedError, match="stacks/foundation/marketing /builder: builders/hugo is not published"):
        request()


def test_removing_together_with_what_names_it_is_published(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    save("provider", {**SANITY, "lifecycle": REMOVED})
    save("stack", stack_document("marketing", lifecycle=REMOVED))

    snapshot = publish(folder_store)

    assert snapshot.state == "live"
    assert verify(folder_store).problems == []


def test_alias_that_two_entries_claim_is_refused(folder_store: FileSystemStore) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/old"]))
    publish(folder_store)
    save("provider", SANITY)
    snapshot = request()
    break_document(snapshot, "providers/cms/sanity", aliases=["providers/cms/old"])

    run(snapshot, folder_store)

    claim = "/aliases: providers/cms/old is claimed by ['providers/cms/decap', 'providers/cms/sanity']."
    assert snapshot.failure_reason.splitlines() == [
        HEADING,
        f"providers/cms/decap {claim}",
        f"providers/cms/sanity {claim}",
    ]


def test_alias_that_is_an_entry_is_refused(folder_store: FileSystemStore) -> None:
    save("provider", provider_document("decap"))
    publish(folder_store)
    save("provider", SANITY)
    snapshot = request()
    break_document(snapshot, "providers/cms/sanity", aliases=["providers/cms/decap"])

    run(snapshot, folder_store)

    assert snapshot.failure_reason.splitlines() == [
        HEADING,
        "providers/cms/sanity /aliases: providers/cms/decap is itself a published entry.",
    ]


def test_entry_that_is_a_live_alias_is_refused(folder_store: FileSystemStore) -> None:
    save("provider", provider_document("decap", aliases=["providers/cms/sanity"]))
    publish(folder_store)
    save("provider", provider_document("decap"), approved=False)
    save("provider", SANITY)

    with pytest.raises(RefusedError) as raised:
        request()

    assert str(raised.value).splitlines() == [
        HEADING,
        "providers/cms/decap /aliases: providers/cms/sanity is itself a published entry.",
    ]


def test_second_request_while_one_waits_is_refused() -> None:
    approve_first_step()
    request()

    with pytest.raises(RefusedError, match=r"^A publish is waiting already; it will be done in a moment\.$"):
        request()

    assert Snapshot.objects.count() == 1


def test_store_of_another_registry_is_refused(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    before = read_tree(folder_store)
    Provider.objects.update(live_revision=None)
    Snapshot.objects.all().delete()

    snapshot = run(request(), folder_store)

    assert snapshot.state == "failed"
    assert snapshot.failure_reason == (
        f"The store {folder_store.address} is at serial 1, this database at 0: they do not belong together. "
        "Check REGISTRY_STORE_URL and DATABASE_URL; a database that was lost is rebuilt by restore_from_store."
    )
    assert read_tree(folder_store) == before


def test_emptied_store_is_refused(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    for path in list(folder_store.list()):
        folder_store.delete(path)
    save("provider", {**SANITY, "display_name": "Other"})

    snapshot = run(request(), folder_store)

    assert snapshot.failure_reason.startswith(f"The store {folder_store.address} is at serial 0, this database at 1")
    assert read_tree(folder_store) == {}


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("current.json", b"{", "current.json is no pointer: "),
        ("current.json", b"[]", "current.json is no pointer: "),
        ("current.json", b'{"payload": "e30", "signatures": []}', "current.json is no pointer: 'serial'"),
        ("snapshots/", b"{}", " is missing or damaged; run verify_published."),
    ],
    ids=["cut", "list", "empty", "snapshot"],
)
def test_damaged_base_is_refused(folder_store: FileSystemStore, path: str, content: bytes, reason: str) -> None:
    approve_first_step()
    publish(folder_store)
    save("provider", {**SANITY, "display_name": "Other"})
    damaged = next(folder_store.list(path))
    stored = folder_store.get(damaged)
    assert stored is not None
    folder_store.put_if_match(damaged, content, etag=stored.etag)

    snapshot = run(request(), folder_store)

    assert snapshot.state == "failed"
    assert reason in snapshot.failure_reason


def test_store_that_cannot_be_reached_fails_the_request(folder_store: FileSystemStore) -> None:
    class Unreachable(WrappedStore):
        def before(self, request: str, path: str) -> None:
            raise StoreError("Nobody answers.")

    approve_first_step()

    snapshot = run(request(), Unreachable(folder_store))

    assert (snapshot.state, snapshot.failure_reason, snapshot.serial) == ("failed", "Nobody answers.", None)


def test_unexpected_error_is_not_shown_but_logged(
    folder_store: FileSystemStore, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(WrappedStore):
        def before(self, request: str, path: str) -> None:
            if request != "get":
                raise ZeroDivisionError("a secret")

    approve_first_step()

    snapshot = run(request(), Faulty(folder_store))

    assert snapshot.failure_reason == "An unexpected error; the worker's log has the details."
    assert "a secret" in caplog.text


def _live_document(key: str) -> dict[str, object]:
    return Revision.objects.filter(entry_key=key)[0].document

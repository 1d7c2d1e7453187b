"""Whatever is broken stays out of the store (G5); whatever happened, both stores are the same (G7), names resolve (G9).

Names: those of the manifest that is there and of the one before it, after every request.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.documents.canonical import DocumentError, canonical_bytes, sha256_hex
from catalog.models import Snapshot
from catalog.publishing.candidate import collect_changes
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.stores.s3 import S3Store
from tests.catalog.publishing.crash.checks import LookingStore
from tests.catalog.publishing.crash.reader import Fetch, ahead, dangling, torn, unlike
from tests.catalog.publishing.histories import REMOVED, approve_first_step, force_revision, request, run
from tests.catalog.schemas.test_mutations import BREAKS
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document
from tests.stores import CountingStore, make_bucket_store, read_tree

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]
FIXTURES_STAY = [HealthCheck.function_scoped_fixture]
CHANGED = {"provider": "providers/cms/sanity", "builder": "builders/hugo", "stack": "stacks/foundation/marketing"}


@pytest.fixture
def waiting(folder_store: FileSystemStore) -> Snapshot:
    """One entry of each kind is changed; the first step is published."""
    approve_first_step()
    publish(folder_store)
    save("provider", {**SANITY, "display_name": "Other"})
    save("builder", builder_document("hugo", display_name="Other"))
    stack = stack_document("marketing", providers={"cms": ["sanity"]}, builder="hugo", display_name="Other")
    save("stack", stack)
    return request()


@settings(max_examples=60, deadline=None, suppress_health_check=FIXTURES_STAY)
@given(broken=st.sampled_from(BREAKS))
def test_broken_document_never_reaches_the_store(
    broken: tuple[str, str, Any], waiting: Snapshot, folder_store: FileSystemStore
) -> None:
    kind, member, value = broken
    watched, before = CountingStore(folder_store), read_tree(folder_store)
    with transaction.atomic():
        break_document(waiting, CHANGED[kind], member, value)
        run(waiting, watched)
        failed = (waiting.state, CHANGED[kind] in waiting.failure_reason, watched.writes())
        transaction.set_rollback(True)

    assert failed == ("failed", True, [])
    assert read_tree(folder_store) == before


def break_document(snapshot: Snapshot, key: str, member: str, value: object) -> None:
    revision = snapshot.changes.get(entry_key=key).new_revision
    assert revision is not None
    try:
        content = canonical_bytes({**revision.document, member: value})
    except DocumentError:
        # It cannot even be written as a revision.
        assume(False)
    force_revision(snapshot, key, canonical=content.decode(), sha256=sha256_hex(content), size_bytes=len(content))


Step = tuple[str, str]
slugs = st.sampled_from(["decap", "tina", "sanity", "ghost"])
steps = st.tuples(slugs, st.sampled_from(["renamed", "renamed", "aliased", "removed", "named by a stack"]))
histories = st.lists(st.lists(steps, min_size=1, max_size=4), min_size=2, max_size=4)
numbers = count()


@settings(max_examples=8, deadline=None, suppress_health_check=FIXTURES_STAY)
@given(history=histories)
def test_any_history_gives_one_tree_whose_names_resolve(
    history: list[list[Step]], tmp_path_factory: pytest.TempPathFactory, bucket_store: S3Store, still_clock: datetime
) -> None:
    folder, bucket = FileSystemStore(tmp_path_factory.mktemp("any")), make_bucket_store(prefix=f"any-{next(numbers)}")

    in_folder, in_bucket = tell(history, folder, publish_and_look), tell(history, bucket, publish)

    assert in_folder == in_bucket


def tell(history: list[list[Step]], store: Store, publish_into: Callable[[Store], object]) -> dict[str, bytes]:
    """The tree after a publish of each list of steps; the database is as before."""
    step_numbers = count()
    with transaction.atomic():
        for happened in history:
            for slug, what in happened:
                do_step(slug, what, f"Step {next(step_numbers)}")
            if collect_changes():
                publish_into(store)
        transaction.set_rollback(True)
    return read_tree(store)


def do_step(slug: str, what: str, name: str) -> None:
    """Save the provider, and the stack that names it where that has to come or to go."""
    members: dict[str, Any] = {"display_name": name}
    if what == "removed":
        members["lifecycle"] = REMOVED
        save("stack", stack_document(f"with-{slug}", **members))
    if what == "aliased":
        members["aliases"] = [f"providers/cms/{slug}_old"]
    save("provider", provider_document(slug, **members))
    if what == "named by a stack":
        save("stack", stack_document(f"with-{slug}", display_name=name, providers={"cms": [slug]}))


def publish_and_look(store: Store) -> None:
    stored = store.get("manifest.json")
    manifest = stored.content if stored else None

    def look(fetch: Fetch) -> Sequence[str]:
        return [*torn(fetch), *dangling(fetch, manifest), *ahead(fetch)]

    looking = LookingStore(store, look)
    assert publish(looking).state == "live"
    assert (looking.wrong, unlike(looking.fetch)) == ([], [])

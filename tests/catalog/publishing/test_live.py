"""The rows for reading are those of the published tree, whatever happened; each publish touches what it changes."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import count

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.actions.recovery import restore_from_store
from catalog.actions.snapshots import request_rollback
from catalog.models import LiveEntry, LiveWord, Snapshot
from catalog.publishing import live
from catalog.publishing.candidate import collect_changes
from catalog.publishing.live import fill_live_entries, rebuild_live_entries, update_live_entries
from catalog.publishing.rollback import changes_back_to
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.catalog.actions.losses import lose_database
from tests.catalog.publishing.histories import approve_first_step, approve_second_step, run
from tests.catalog.publishing.live_rows import expected_rows, expected_tags, found_rows, found_tags
from tests.catalog.publishing.test_properties import Step, do_step, steps
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
histories = st.lists(
    st.one_of(st.lists(steps, min_size=1, max_size=4), st.integers(min_value=1, max_value=3)), min_size=2, max_size=5
)


def roll_back(store: Store, serial: int) -> None:
    run(request_rollback(serial=serial, by=None, reason="Wrong", in_background=False), store)


def assert_rows_are_those_of(store: Store) -> None:
    expected = expected_rows(store)
    assert found_rows() == expected
    assert found_tags() == expected_tags(expected)
    providers = LiveEntry.objects.filter(kind="provider").values_list("words", flat=True)
    counts = Counter(word for words in providers for word in words.split())
    assert dict(LiveWord.objects.values_list("text", "entries")) == counts


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_rows_equal_the_published_tree_after_any_history(
    history: Sequence[Sequence[Step] | int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store, names = FileSystemStore(tmp_path_factory.mktemp("live")), count()
    with transaction.atomic():
        for happened in history:
            live_serial = Snapshot.objects.filter(state="live").values_list("serial", flat=True).first() or 0
            if isinstance(happened, int):
                if happened < live_serial and changes_back_to(happened):
                    roll_back(store, happened)
                continue
            for slug, what in happened:
                do_step(slug, what, f"Step {next(names)}")
            if collect_changes():
                publish(store)
        if Snapshot.objects.filter(state="live").exists():
            assert_rows_are_those_of(store)
            before = found_rows()
            assert rebuild_live_entries() == len(before)
            assert_rows_are_those_of(store)
        transaction.set_rollback(True)


def test_publish_and_rollback_write_the_rows_that_they_change(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    assert_rows_are_those_of(folder_store)
    first = dict(LiveEntry.objects.values_list("key", "pk"))
    assert set(first) == {
        "builders/hugo", "providers/cms/decap", "providers/cms/sanity", "providers/cms/tina",
        "stacks/foundation/marketing",
    }  # fmt: skip

    approve_second_step()
    publish(folder_store)

    assert_rows_are_those_of(folder_store)
    second = dict(LiveEntry.objects.values_list("key", "pk"))
    assert second["builders/hugo"] == first["builders/hugo"]
    assert "providers/cms/tina" not in second

    roll_back(folder_store, 1)

    assert_rows_are_those_of(folder_store)
    sanity = LiveEntry.objects.get(key="providers/cms/sanity")
    assert (sanity.serial, json.loads(sanity.body)["serial"]) == (3, 3)
    assert json.loads(sanity.body)["monthly_cost_range"] == [65, 280]


def test_body_is_compact_and_begins_with_what_every_item_has(folder_store: FileSystemStore) -> None:
    save("provider", {**SANITY, "display_name": "Sänity «CMS»"})

    publish(folder_store)

    body = LiveEntry.objects.get().body
    start = '{"id":"sanity","name":"Sänity «CMS»","description":"","icon":"","best_for":"Professional'
    assert body.startswith(start)
    assert list(json.loads(body))[-2:] == ["last_updated", "serial"]


def test_rows_are_written_in_the_transaction_that_makes_the_snapshot_live(
    folder_store: FileSystemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("provider", SANITY)
    monkeypatch.setattr(live, "_insert", lambda _pairs: 1 / 0)

    snapshot = publish(folder_store)

    assert snapshot.state == "publishing"
    assert not LiveEntry.objects.exists()


def test_cost_of_one_change_does_not_grow_with_the_catalogue(folder_store: FileSystemStore) -> None:
    queries = []
    for size in (3, 60):
        for number in range(size):
            save("provider", provider_document(f"cms-{number}", display_name=f"Of {size}", key_features=["common"]))
        publish(folder_store)
        save("provider", provider_document("cms-0", display_name=f"Changed at {size}", key_features=["common"]))
        snapshot = publish(folder_store)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            update_live_entries(snapshot)
        queries.append(len(captured))

    assert queries[0] == queries[1]


def test_restore_from_store_brings_the_rows_back() -> None:
    approve_first_step()
    publish()
    approve_second_step()
    publish()
    before = found_rows()
    lose_database()

    restore_from_store(open_store())

    assert found_rows() == before


def test_migrating_makes_the_rows_of_what_was_live_before_there_were_any(folder_store: FileSystemStore) -> None:
    approve_first_step()
    publish(folder_store)
    LiveEntry.objects.all().delete()
    before_rows = found_rows()

    fill_live_entries()

    assert before_rows == {}
    assert_rows_are_those_of(folder_store)
    first = list(LiveEntry.objects.values_list("pk", flat=True))
    fill_live_entries()
    assert list(LiveEntry.objects.values_list("pk", flat=True)) == first

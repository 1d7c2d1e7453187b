"""What cannot be restored: refused whole, and what stands in the way of nothing; and what the command says."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from catalog.actions.errors import RefusedError
from catalog.actions.recovery import restore_from_store
from catalog.models import (
    Provider,
    Revision,
    SigningKey,
    Snapshot,
)
from catalog.publishing.keys import register_keys
from catalog.publishing.signing import new_key
from catalog.publishing.stores.base import Store, StoreError
from catalog.publishing.stores.configured import open_store
from tests.cases import spread
from tests.catalog.actions.losses import lose_database, tell_story
from tests.factories import KEY, SANITY, publish, save
from tests.stores import CountingStore, read_tree

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", ["draft", "published"])
def test_database_that_is_not_empty_is_refused(what: str) -> None:
    save("provider", SANITY)
    if what == "published":
        publish()
    watched = CountingStore(open_store())

    with pytest.raises(RefusedError, match=r"^This database is not empty; restore into a new one\.$"):
        restore_from_store(watched)

    assert watched.requests == []


def test_store_with_nothing_published_is_refused() -> None:
    with pytest.raises(RefusedError, match=f"^Nothing is published in {open_store().address}"):
        restore_from_store(open_store())


def path_of(kind: str) -> Callable[[Store], str]:
    return lambda store: next(path for path in store.list(f"{kind}/"))


@pytest.mark.parametrize("kind", ["objects", "index", "snapshots"])
@pytest.mark.parametrize("how", spread(["gone", "changed", "no JSON"], fast=2))
def test_damaged_tree_is_refused_and_nothing_is_written(kind: str, how: str) -> None:
    tell_story()
    lose_database()
    path = path_of(kind)(open_store())
    content = read_tree(open_store())[path]
    open_store().delete(path)
    if how != "gone":
        open_store().put_if_absent(path, content.replace(b"1", b"2", 1) if how == "changed" else b"{")
    if (kind, how) == ("snapshots", "gone"):
        assert restore_from_store(open_store()).missing_before == 2
        return

    with pytest.raises((RefusedError, StoreError), match=r" is (missing or )?damaged"):
        restore_from_store(open_store())

    assert (Revision.objects.count(), Snapshot.objects.count(), Provider.objects.count()) == (0, 0, 0)


def test_damaged_list_of_keys_is_refused_and_nothing_is_written() -> None:
    tell_story()
    lose_database()
    for content in (b"", b"{", b"[]", b"{}", b'{"keys": [{}]}', b'{"keys": [{"kid": 1}]}', b"\xff"):
        replace(open_store(), "keys.json", content)

        with pytest.raises(RefusedError, match=r"^keys\.json is damaged"):
            restore_from_store(open_store())

        assert (Revision.objects.count(), Snapshot.objects.count()) == (0, 0)


def test_damaged_copy_is_no_trouble() -> None:
    """It says when its revision was recorded, and no more."""
    tell_story()
    lose_database()
    for content in (b"", b"{", b"[]", b"{}", b'{"last_updated": 1}', b"\xff"):
        replace(open_store(), "providers/cms/sanity.json", content)
        with transaction.atomic():
            restore_from_store(open_store())

            assert Provider.objects.filter(key="providers/cms/sanity").exists()
            transaction.set_rollback(True)


def replace(store: Store, path: str, content: bytes) -> None:
    stored = store.get(path)
    assert stored is not None
    store.put_if_match(path, content, etag=stored.etag)


def test_key_that_is_there_already_is_no_trouble() -> None:
    tell_story()
    lose_database()
    register_keys([KEY, new_key()])

    restore_from_store(open_store())

    assert SigningKey.objects.count() == 2


def test_retired_key_comes_back_retired() -> None:
    tell_story()
    end = timezone.now().replace(microsecond=0)
    register_keys([new_key()])
    SigningKey.objects.exclude(kid=KEY.kid).update(not_after=end)
    save("provider", {**SANITY, "display_name": "Other"})
    publish()
    lose_database()

    restore_from_store(open_store())

    assert [key.not_after for key in SigningKey.objects.exclude(kid=KEY.kid)] == [end]


def test_command_restores_and_says_what_is_back() -> None:
    tell_story()
    lose_database()
    printed = StringIO()

    call_command("restore_from_store", stdout=printed)

    assert printed.getvalue() == (
        "7 entries, 8 revisions and 4 snapshots are back, from serial 1 on. "
        "Drafts, authors and approvals were not in the store.\n"
    )


def test_command_refuses_with_a_message() -> None:
    with pytest.raises(CommandError, match=r"^Nothing is published in "):
        call_command("restore_from_store")

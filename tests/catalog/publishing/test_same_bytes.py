"""The same history gives the same tree, on a folder and in a bucket."""

from datetime import datetime

import pytest
from django.db import transaction

from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.stores.s3 import S3Store
from tests.catalog.publishing.histories import approve_first_step, approve_second_step
from tests.factories import SANITY, publish, save
from tests.stores import read_tree, verify

pytestmark = pytest.mark.django_db


def tell(store: Store) -> dict[str, bytes]:
    """The tree after three publishes; the database is as before."""
    with transaction.atomic():
        approve_first_step()
        publish(store)
        approve_second_step()
        publish(store)
        save("provider", SANITY)
        publish(store)
        transaction.set_rollback(True)
    return read_tree(store)


def test_folder_and_bucket_hold_the_same_bytes(
    folder_store: FileSystemStore, bucket_store: S3Store, still_clock: datetime
) -> None:
    in_folder = tell(folder_store)
    in_bucket = tell(bucket_store)

    assert in_folder == in_bucket
    assert len(in_folder) > 30
    assert (verify(folder_store).problems, verify(bucket_store).problems) == ([], [])

"""The store that the settings name."""

from pathlib import Path

from moto import mock_aws
from pytest_django import Settings

from catalog.publishing.stores.configured import open_store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.stores.s3 import S3Store
from registry_site.env import StoreAddress


def test_folder_is_opened(settings: Settings, tmp_path: Path) -> None:
    settings.REGISTRY_STORE = StoreAddress(folder=tmp_path)

    store = open_store()

    assert isinstance(store, FileSystemStore)
    assert store.address == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_bucket_is_opened(settings: Settings) -> None:
    settings.REGISTRY_STORE = StoreAddress(bucket="registry", prefix="live")
    settings.STORAGES = {
        **settings.STORAGES,
        "registry": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": "registry", "location": "live"},
        },
    }

    with mock_aws():
        store = open_store()

    assert isinstance(store, S3Store)
    assert store.address == "s3://registry/live/"

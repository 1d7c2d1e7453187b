"""The store that the settings name."""

from django.conf import settings
from django.core.files.storage import storages

from catalog.publishing.stores.base import Store
from catalog.publishing.stores.filesystem import FileSystemStore
from catalog.publishing.stores.s3 import S3Store


def open_store() -> Store:
    """The store behind `REGISTRY_STORE_URL`; nothing is read or written yet."""
    if settings.REGISTRY_STORE.folder is not None:
        return FileSystemStore(settings.REGISTRY_STORE.folder)
    return S3Store(storages["registry"])

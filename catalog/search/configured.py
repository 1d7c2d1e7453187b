"""The search index that the settings name."""

from django.conf import settings

from catalog.search.database import DatabaseIndex
from catalog.search.dynamodb import DynamoIndex
from catalog.search.index import SearchIndex

INDEXES: dict[str, type[SearchIndex]] = {"database": DatabaseIndex, "dynamodb": DynamoIndex}


def open_index() -> SearchIndex:
    return INDEXES[settings.REGISTRY_SEARCH]()

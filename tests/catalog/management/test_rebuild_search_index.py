"""`rebuild_search_index` makes lost or damaged rows anew, and is harmless where nothing is wrong."""

from io import StringIO

import pytest
from django.core.management import call_command

from catalog.models import LiveEntry, LiveWord, ProviderTag
from catalog.publishing.stores.configured import open_store
from tests.catalog.publishing.histories import approve_first_step
from tests.catalog.publishing.live_rows import expected_rows, found_rows
from tests.factories import publish

pytestmark = pytest.mark.django_db


def rebuild() -> str:
    printed = StringIO()
    call_command("rebuild_search_index", stdout=printed)
    return printed.getvalue()


def test_damaged_rows_are_made_anew() -> None:
    approve_first_step()
    publish()
    words = dict(LiveWord.objects.values_list("text", "entries"))
    LiveEntry.objects.filter(key="providers/cms/tina").delete()
    LiveEntry.objects.filter(key="providers/cms/sanity").update(body="{}", etag="")
    ProviderTag.objects.all().delete()
    LiveWord.objects.all().delete()

    printed = rebuild()

    assert printed == "5 live entries can be read and found.\n"
    assert found_rows() == expected_rows(open_store())
    assert dict(LiveWord.objects.values_list("text", "entries")) == words
    assert rebuild() == printed


def test_nothing_live_is_nothing_to_find() -> None:
    assert rebuild() == "0 live entries can be read and found.\n"

"""The home page: what is live, and what needs attention."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Snapshot
from tests.catalog.admin.pages import Browsers
from tests.factories import provider_document, publish, save

pytestmark = pytest.mark.django_db


def test_home_of_an_empty_registry_says_so(browsers: Browsers) -> None:
    answer = browsers["editor"].get("/admin/")
    page = answer.content.decode()

    assert "Nothing is published yet" in page
    assert ("/admin/catalog/provider/add/" in page, "All is well" in page, answer.context["chart"]) == (
        True,
        False,
        None,
    )


def test_home_says_what_is_live(browsers: Browsers) -> None:
    save("provider", provider_document())
    publish()

    page = browsers["editor"].get("/admin/").content.decode()

    assert "Serial 1 is live" in page
    assert "All is well" in page


def test_home_warns_of_a_pointer_that_is_not_renewed(browsers: Browsers) -> None:
    save("provider", provider_document())
    publish()
    Snapshot.objects.update(expires_at=timezone.now() + timedelta(days=3))

    page = browsers["editor"].get("/admin/").content.decode()

    assert "was not renewed: is beat running?" in page
    assert "All is well" not in page

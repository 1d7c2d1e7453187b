"""The home page: what is live, and what needs attention."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Snapshot
from tests.catalog.admin.pages import PUBLISH, Browsers, messages
from tests.factories import provider_document, publish, save

pytestmark = pytest.mark.django_db
CONFIRM = "Yes, more than 10 % of what is live is meant to change at once."


def test_home_of_an_empty_registry_says_so(browsers: Browsers) -> None:
    assert "Nothing is published yet" in browsers["editor"].get("/admin/").content.decode()


def test_home_says_what_is_live(browsers: Browsers) -> None:
    save("provider", provider_document())
    publish()

    page = browsers["editor"].get("/admin/").content.decode()

    assert "Serial 1 is live" in page
    assert "All is well." in page


def test_home_warns_of_a_pointer_that_is_not_renewed(browsers: Browsers) -> None:
    save("provider", provider_document())
    publish()
    Snapshot.objects.update(expires_at=timezone.now() + timedelta(days=3))

    page = browsers["editor"].get("/admin/").content.decode()

    assert "was not renewed: is beat running?" in page
    assert "All is well." not in page


@pytest.fixture
def mass_change(db: None) -> None:
    """Six of six live entries would change."""
    for price in (1, 2):
        for number in range(6):
            save("provider", provider_document(f"cms-{number}", setup_cost_range=[price, price]))
        if price == 1:
            publish()


def test_mass_change_must_be_confirmed(mass_change: None, browsers: Browsers) -> None:
    page = browsers["publisher"].get(PUBLISH).content.decode()

    answer = browsers["publisher"].post(PUBLISH, {"note": ""}, follow=True)

    assert CONFIRM in page
    assert "Confirm that this is meant." in messages(answer)[0]
    assert Snapshot.objects.count() == 1


def test_confirmed_mass_change_is_requested(mass_change: None, browsers: Browsers) -> None:
    browsers["publisher"].post(PUBLISH, {"note": "", "confirm_mass_change": "yes"})

    assert list(Snapshot.objects.order_by("pk").values_list("state", flat=True)) == ["live", "pending"]


def test_small_change_needs_no_confirmation(browsers: Browsers) -> None:
    save("provider", provider_document())

    assert CONFIRM not in browsers["publisher"].get(PUBLISH).content.decode()

"""The benchmark of the admin measures every page that there is."""

import pytest
from django.contrib import admin
from django.urls import resolve

from catalog.admin.urls import urlpatterns
from tests.bench.admin_addresses import addresses
from tests.catalog.admin.access import make_registry
from tests.catalog.admin.pages import Browsers

pytestmark = pytest.mark.django_db
# They answer what is sent only.
SENT = {"bulk-edit", "config-form"}
# Nobody adds these by hand.
MADE = {"catalog_snapshot_add", "catalog_activity_add", "catalog_auditrecord_add"}


def test_no_page_is_forgotten_and_each_is_there(by_role: Browsers) -> None:
    make_registry()
    measured = dict(addresses())
    matches = [resolve(address.partition("?")[0]) for address in measured.values()]

    models = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    forms = {f"{model}_{page}" for model in models for page in ("changelist", "add", "change")}
    assert {match.url_name for match in matches if match.namespace == "pages"} == {
        pattern.name for pattern in urlpatterns
    } - SENT
    assert {match.url_name for match in matches} >= forms - MADE
    answers = {name: by_role["Superuser"].get(address).status_code for name, address in measured.items()}
    assert {name: status for name, status in answers.items() if status != 200 and "dry run" not in name} == {}

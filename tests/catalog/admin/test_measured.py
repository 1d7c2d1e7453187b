"""The benchmark of the admin measures every page that there is."""

import pytest
from django.contrib import admin
from django.urls import resolve

from catalog.admin.urls import urlpatterns
from tests.bench.admin_addresses import addresses, sent
from tests.catalog.admin.access import make_registry
from tests.catalog.admin.pages import Browsers
from tests.factories import builder_document, save

pytestmark = pytest.mark.django_db
# Nobody adds these by hand.
MADE = {"catalog_snapshot_add", "catalog_activity_add", "catalog_auditrecord_add"}


def test_no_page_is_forgotten_and_each_is_there(by_role: Browsers) -> None:
    make_registry()
    save("builder", builder_document("command", config_schema={"type": "object"}))
    measured, posted = dict(addresses()), [(address, fields) for _, address, fields in sent()]
    matches = [resolve(address.partition("?")[0]) for address in (*measured.values(), *dict(posted))]

    models = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    forms = {f"{model}_{page}" for model in models for page in ("changelist", "add", "change")}
    assert {match.url_name for match in matches if match.namespace == "pages"} == {
        pattern.name for pattern in urlpatterns
    }
    assert {match.url_name for match in matches} >= forms - MADE
    answers = {name: by_role["Superuser"].get(address).status_code for name, address in measured.items()}
    assert {name: status for name, status in answers.items() if status != 200 and "dry run" not in name} == {}
    assert [by_role["Superuser"].post(address, fields).status_code for address, fields in posted] == [200] * 4


def test_addresses_that_filter_do_so(by_role: Browsers) -> None:
    make_registry()
    filtered = [address for name, address in addresses() if "filtered" in name]

    narrowed = [by_role["Superuser"].get(address).context["active_filters"] for address in filtered]

    assert [len(each) for each in narrowed] == [1, 1]

"""The list's buttons and the selection's actions: files of what the person sees."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from catalog.documents.files import FORMATS
from catalog.documents.uploads import read_upload
from catalog.models import AuditRecord, Provider
from tests.catalog.admin.pages import PROVIDERS, Browsers, messages
from tests.factories import SANITY, provider_document, sanity, save

pytestmark = pytest.mark.django_db
EXPORT = "/admin/catalog/provider/export/"


def save_three() -> None:
    save("provider", {**SANITY, "tier_name": "Zebra"})
    save("provider", provider_document("decap", display_name="Decap CMS", best_for="Zebras"))
    save("provider", provider_document("tina"))


def names_in(answer: Any) -> list[Any]:
    return [document["provider_name"] for document in json.loads(answer.content)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["decap", "sanity", "tina"]),
        ("?o=-1", ["tina", "sanity", "decap"]),
        ("?q=zebra", ["decap", "sanity"]),
        ("?complexity_level=medium_to_high", ["sanity"]),
        ("?q=zebra&o=-1&p=7", ["sanity", "decap"]),
        ("?q=nothing", []),
        ("?q=%00&o=abc&p=x&nonsense=1", ["decap", "sanity", "tina"]),
    ],
)
def test_list_is_exported_as_it_is_shown(query: str, names: list[str], browsers: Browsers) -> None:
    save_three()

    assert names_in(browsers["editor"].get(f"{EXPORT}json/{query}")) == names
    assert [entry.slug for entry in browsers["editor"].get(f"{PROVIDERS}{query}").context["cl"].result_list] == names


@pytest.mark.parametrize("file_format", FORMATS)
def test_file_is_kept_and_noted(file_format: str, browsers: Browsers) -> None:
    save_three()

    answer = browsers["editor"].get(f"{EXPORT}{file_format}/?q=sanity")

    assert answer.headers["Content-Type"] == FORMATS[file_format]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="providers-20')
    assert answer.headers["Content-Disposition"].endswith(f'.{file_format}"')
    assert len(read_upload(answer.content).lines) == 1
    noted = AuditRecord.objects.filter(verb="exported").values_list("by__username", "object_name", "detail")
    assert list(noted) == [("editor", "providers", f"1 as {file_format.upper()}")]


def test_list_links_to_its_own_export(browsers: Browsers) -> None:
    save_three()

    page = browsers["publisher"].get(f"{PROVIDERS}?q=zebra&o=-1").content.decode()
    found = re.search(f'href="{EXPORT}csv/([^"]*)"', page)

    assert found is not None
    assert QueryDict(unescape(found[1][1:])).dict() == {"q": "zebra", "o": "-1"}
    assert 'href="/admin/catalog/import/"' not in page
    assert 'href="/admin/catalog/import/"' in browsers["editor"].get(PROVIDERS).content.decode()


@pytest.mark.parametrize(
    ("address", "statuses"),
    [
        (f"{EXPORT}csv/", {"anonymous": 302, "editor": 200, "publisher": 200, "administrator": 200}),
        (f"{EXPORT}exe/", {"anonymous": 302, "editor": 404, "publisher": 404, "administrator": 404}),
        ("/admin/catalog/user/export/csv/", {"anonymous": 302, "editor": 404, "publisher": 404, "administrator": 404}),
    ],
)
def test_export_is_for_who_may_look(address: str, statuses: dict[str, int], browsers: Browsers) -> None:
    save_three()

    assert {name: client.get(address).status_code for name, client in browsers.items()} == statuses


def test_export_is_refused_for_who_may_look_at_nothing(browsers: Browsers) -> None:
    User.objects.get(username="editor").groups.clear()

    assert browsers["editor"].get(f"{EXPORT}csv/").status_code == 403


@pytest.mark.parametrize("name", ["editor", "publisher"])
def test_selection_is_exported(name: str, browsers: Browsers) -> None:
    save_three()
    chosen = Provider.objects.filter(slug__in=["tina", "sanity"]).values_list("pk", flat=True)

    some = browsers[name].post(PROVIDERS, {"action": "export_selected_as_json", "_selected_action": list(chosen)})
    every = browsers[name].post(
        f"{PROVIDERS}?q=zebra",
        {"action": "export_selected_as_json", "_selected_action": [sanity().pk], "select_across": "1"},
    )

    assert (names_in(some), names_in(every)) == (["sanity", "tina"], ["decap", "sanity"])


def test_refused_export_goes_back_to_the_list(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    save_three()
    monkeypatch.setattr("catalog.actions.exports.MAX_ENTRIES", 2)

    answer = browsers["editor"].get(f"{EXPORT}csv/?o=-1", follow=True)

    assert answer.redirect_chain == [(f"{PROVIDERS}?o=-1", 302)]
    assert messages(answer) == ["3 entries are too many for one file; 2 are allowed. Filter the list first."]

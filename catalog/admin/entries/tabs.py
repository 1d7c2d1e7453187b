"""The pages of one entry, as links above each of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from catalog.admin.pages import KINDS, may_change_entry
from catalog.documents.mapping import kind_of
from catalog.models import CatalogEntry

# Name (also of the address), title. The first is Django's own form.
PAGES = (("review", "Review"), ("history", "History"), ("usage", "Where used"), ("preview", "What readers get"))
# Only for those who may change the entry.
EDITORS_PAGES = (("lifecycle", "Deprecate or remove"),)


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    address: str


def tabs_of(request: HttpRequest, entry: CatalogEntry) -> list[Tab]:
    """Every page of the entry that the person may open."""
    is_editor = may_change_entry(request, entry)
    form = Tab("form", "Edit" if is_editor else "Details", form_of(entry))
    pages = (*PAGES, *(EDITORS_PAGES if is_editor else ()))
    return [form, *(Tab(name, title, page_of(entry, name)) for name, title in pages)]


def page_of(entry: CatalogEntry, name: str) -> str:
    """The address of one of the entry's pages."""
    return reverse(f"pages:{name}", args=(entry.kind, entry.pk))


def form_of(entry: CatalogEntry) -> str:
    """The address of the entry's form."""
    return reverse(f"admin:catalog_{entry.kind}_change", args=(entry.pk,))


def addresses_of(keys: Collection[str], *, page: str) -> dict[str, str]:
    """Key -> address of that page of the entry (`form`: its form), where there is one. A query for each kind."""
    addresses: dict[str, str] = {}
    for kind in KINDS.keys() & {kind_of(key) for key in keys}:
        model: Any = KINDS[kind]
        entries = model.objects.filter(key__in=keys).only("key")
        addresses |= {entry.key: form_of(entry) if page == "form" else page_of(entry, page) for entry in entries}
    return addresses

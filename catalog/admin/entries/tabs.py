"""The pages of one entry, as links above each of them."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from catalog.models import CatalogEntry

# Name (also of the address), title. The first is Django's own form.
PAGES = (("review", "Review"),)


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    address: str


def tabs_of(request: HttpRequest, entry: CatalogEntry) -> list[Tab]:
    """Every page of the entry that the person may open."""
    form = Tab("form", "Edit" if request.user.has_perm(f"catalog.change_{entry.kind}") else "Details", form_of(entry))
    return [form, *(Tab(name, title, reverse(f"pages:{name}", args=(entry.kind, entry.pk))) for name, title in PAGES)]


def form_of(entry: CatalogEntry) -> str:
    """The address of the entry's form."""
    return reverse(f"admin:catalog_{entry.kind}_change", args=(entry.pk,))

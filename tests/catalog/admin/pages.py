"""Fill in and send the admin's own forms, as a browser would."""

from typing import Any

from django.db import connection
from django.forms import ModelMultipleChoiceField
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Builder, CatalogEntry, Provider, Stack
from tests.factories import SANITY, builder_document, publish, save, stack_document

Browsers = dict[str, Client]
Fields = dict[str, Any]
PROVIDERS = "/admin/catalog/provider/"
BUILDERS = "/admin/catalog/builder/"
STACKS = "/admin/catalog/stack/"
SNAPSHOTS = "/admin/catalog/snapshot/"
PUBLISH = f"{SNAPSHOTS}publish/"
# How messages end for those who may publish.
SEE_THE_PLAN = f'<a class="rg-link" href="{PUBLISH}">See the plan</a>'


def page_of(entry: CatalogEntry, page: str = "change") -> str:
    return f"/admin/catalog/{entry.kind}/{entry.pk}/{page}/"


def fill_in(client: Client, address: str) -> Fields:
    """What the form at `address` would send if nothing were changed."""
    context: Any = client.get(address).context
    fields: Fields = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value or not isinstance(bound.field, ModelMultipleChoiceField):
                fields[bound.html_name] = "" if value is None else value
    return fields


def count_queries(client: Client, address: str, query: Fields | None = None) -> int:
    """Of a page that was opened before: who asks has signed in, and what is remembered is known."""
    client.get(address, query)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, query).status_code == 200
    return len(queries)


def send(client: Client, address: str, **changes: Any) -> Any:
    """Fill in the form at `address`, with `changes` in its fields, and send it; the answer after redirects."""
    return client.post(address, {**fill_in(client, address), **changes}, follow=True)


def sentences(response: Any) -> str:
    """The page without the marks that isolate names, so that sentences around them can be found."""
    page: str = response.content.decode()
    return page.replace("<bdi>", "").replace("</bdi>", "")


def differing(rows: Any) -> list[tuple[str, str, str]]:
    """(path, before, after) of rows that a page shows, the parts of a side joined by commas."""
    return [
        (row.path, ", ".join(part.text for part in row.before), ", ".join(part.text for part in row.after))
        for row in rows
    ]


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors(response: Any) -> dict[str, list[str]]:
    """Field -> messages of the form that came back; empty after a redirect."""
    form = response.context.get("adminform")
    return dict(form.form.errors) if form else {}


def save_one_of_each() -> dict[str, CatalogEntry]:
    """A live provider, builder and stack; by kind."""
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    save("stack", stack_document("marketing", providers={"cms": ["sanity"]}, builder="hugo"))
    publish()
    return {"provider": Provider.objects.get(), "builder": Builder.objects.get(), "stack": Stack.objects.get()}


def see_what_changed(entry: CatalogEntry) -> str:
    """How messages about a new draft end for those who may not approve it."""
    return f'<a class="rg-link" href="{page_of(entry, "review")}">See what was changed</a>'

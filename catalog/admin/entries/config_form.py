"""The form that a config schema produces, for `config_form.html`: while somebody types, and read-only."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from catalog.admin.pages import may_view
from catalog.documents.canonical import DocumentError, canonical_bytes
from catalog.schemas.form_binding import BoundField, bind_form
from catalog.schemas.form_fields import describe_form
from catalog.schemas.texts import JsonTextError, read_json
from catalog.schemas.validation import config_schema_problems

# Inputs of the preview belong to a form of their own, so that they are never sent with the entry.
PREVIEW_FORM = "config-preview"
MAX_PROBLEMS = 20
# A longer schema takes a second to judge, for each pause in typing.
MAX_PREVIEWED = 40_000


@dataclass(frozen=True, slots=True)
class ConfigForm:
    """A form, or what is wrong with its schema; one of the two is empty."""

    form: BoundField | None
    problems: tuple[str, ...] = ()

    @property
    def form_id(self) -> str:
        return PREVIEW_FORM


def read_schema(text: str) -> dict[str, Any]:
    """The config schema that somebody typed; nothing typed is an empty one. Raises JsonTextError."""
    schema = read_json(text) if text.strip() else {}
    if not isinstance(schema, dict):
        raise JsonTextError("A config schema is an object: it starts with { and ends with }")
    try:
        canonical_bytes(schema)
    except DocumentError as error:
        raise JsonTextError(str(error).rstrip(".")) from error
    return schema


def preview(text: str) -> ConfigForm:
    """What `text`, a config schema as somebody typed it, would show to who configures a service."""
    if len(text) > MAX_PREVIEWED:
        return ConfigForm(None, (f"More than {MAX_PREVIEWED:,} characters are not previewed; saving checks them.",))
    try:
        schema = read_schema(text)
    except JsonTextError as error:
        return ConfigForm(None, (str(error),))
    return preview_schema(schema)


def preview_schema(schema: dict[str, Any]) -> ConfigForm:
    problems = tuple(
        f"{problem.path.removeprefix('/config_schema') or 'The schema'}: {problem.message}"
        for problem in config_schema_problems(schema)[:MAX_PROBLEMS]
    )
    return ConfigForm(None, problems) if problems else ConfigForm(bind_form(describe_form(schema), {}))


def config_form_page(request: HttpRequest) -> HttpResponse:
    """POST `schema` (the text): the fragment to show below it, with the form or with messages."""
    if not any(may_view(request, kind) for kind in ("provider", "builder")):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return render(request, "admin/catalog/config_form.html", {"preview": preview(request.POST.get("schema", ""))})

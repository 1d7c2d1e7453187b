"""Addresses of schemas. `compatibility` is no name of a schema."""

from django.urls import URLPattern, path

from catalog.api.schemas.views import CompatibilityView, ReleasedSchemaView, SchemaListView, ValidateDocumentView

schema_routes: list[URLPattern] = [
    path("schemas", SchemaListView.as_view(), name="schemas"),
    path("schemas/compatibility", CompatibilityView.as_view(), name="schema-compatibility"),
    path("schemas/<slug:name>/validate", ValidateDocumentView.as_view(), name="schema-validate"),
    path("schemas/<slug:name>/<str:version>", ReleasedSchemaView.as_view(), name="schema"),
]

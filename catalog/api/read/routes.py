"""Addresses of what is only read; lists, entries and the list of snapshots stand among those of writes."""

from django.urls import URLPattern, path

from catalog.api.read.diffs import DiffView
from catalog.api.read.documentation import OpenApiView, RedocScriptView, RedocView, SwaggerView
from catalog.api.read.entries import BuilderUsageView, ProviderUsageView, StackUsageView
from catalog.api.read.manifest import ManifestView
from catalog.api.read.snapshots import SnapshotView

documentation_routes: list[URLPattern] = [
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", SwaggerView.as_view(), name="docs"),
    path("redoc", RedocView.as_view(), name="redoc"),
    path("redoc.js", RedocScriptView.as_view(), name="redoc-script"),
]
read_routes: list[URLPattern] = [
    *documentation_routes,
    path("manifest", ManifestView.as_view(), name="manifest"),
    path("snapshots/<number:serial>", SnapshotView.as_view(), name="snapshot"),
    path("snapshots/<int:earlier>/diff/<int:later>", DiffView.as_view(), name="snapshot-diff"),
    path("providers/<provider:name>/usage", ProviderUsageView.as_view(), name="provider-usage"),
    path("builders/<builder:name>/usage", BuilderUsageView.as_view(), name="builder-usage"),
    path("stacks/<stack:name>/usage", StackUsageView.as_view(), name="stack-usage"),
]

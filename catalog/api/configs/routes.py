"""Addresses of what somebody needs who configures a service."""

from django.urls import URLPattern, path

from catalog.api.configs.views import (
    BuilderProvidersView,
    BuilderSchemaView,
    BuilderValidateView,
    ProviderBuildersView,
    ProviderSchemaView,
    ProviderValidateView,
)

config_routes: list[URLPattern] = [
    path("providers/<provider:name>/builders", ProviderBuildersView.as_view(), name="provider-builders"),
    path("builders/<builder:name>/providers", BuilderProvidersView.as_view(), name="builder-providers"),
    path("providers/<provider:name>/schema", ProviderSchemaView.as_view(), name="provider-schema"),
    path("builders/<builder:name>/schema", BuilderSchemaView.as_view(), name="builder-schema"),
    path("providers/<provider:name>/validate", ProviderValidateView.as_view(), name="provider-validate"),
    path("builders/<builder:name>/validate", BuilderValidateView.as_view(), name="builder-validate"),
]

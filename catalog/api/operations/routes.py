"""Addresses below `/api/v1/` for operators; `/healthz`, `/readyz` and `/metrics` are answered by middleware."""

from django.urls import URLPattern, path

from catalog.api.operations.status import StatusView

operations_routes: list[URLPattern] = [path("status", StatusView.as_view(), name="status")]

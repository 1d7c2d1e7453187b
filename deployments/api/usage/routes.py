"""Addresses of usage."""

from django.urls import URLPattern, path

from deployments.api.usage.views import UsageView

usage_routes: list[URLPattern] = [path("services/usage", UsageView.as_view(), name="service-usage")]

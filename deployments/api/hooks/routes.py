"""Addresses of hooks."""

from django.urls import URLPattern, path

from deployments.api.hooks.views import HookView

hook_routes: list[URLPattern] = [path("hooks/<slug:token>", HookView.as_view(), name="hook")]

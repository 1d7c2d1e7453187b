"""Addresses of what deployments say."""

from django.urls import URLPattern, path

from deployments.api.logs.views import EventsView, LogView

log_routes: list[URLPattern] = [
    path("deployments/<uuid:id>/logs", LogView.as_view(), name="logs"),
    path("deployments/<uuid:id>/events", EventsView.as_view(), name="events"),
]

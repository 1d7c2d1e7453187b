"""Addresses of targets."""

from django.urls import URLPattern, path

from deployments.api.targets.views import TargetList, TargetSchema

target_routes: list[URLPattern] = [
    path("targets", TargetList.as_view(), name="targets"),
    path("targets/<str:id>/schema", TargetSchema.as_view(), name="target-schema"),
]

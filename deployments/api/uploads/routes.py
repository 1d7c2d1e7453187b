"""Addresses of uploads. `registry_site.intake` names them too: pieces are larger than other bodies."""

from django.urls import URLPattern, path

from deployments.api.uploads.views import UploadsView, UploadView

upload_routes: list[URLPattern] = [
    path("uploads", UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:id>", UploadView.as_view(), name="upload"),
]

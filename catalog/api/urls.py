"""Addresses of the catalogue for programs."""

from django.urls import path

from catalog.api.published import published_file

urlpatterns = [path("<path:path>", published_file, name="published-file")]

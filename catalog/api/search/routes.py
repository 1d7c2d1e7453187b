"""Addresses of searching."""

from django.urls import path

from catalog.api.search.views import ProviderSearchView

search_routes = [path("search/providers", ProviderSearchView.as_view(), name="search-providers")]

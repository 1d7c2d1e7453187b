"""Addresses of tokens."""

from django.urls import URLPattern, path

from catalog.api.access.tokens import OneToken, Tokens, TokenUsage

access_routes: list[URLPattern] = [
    path("tokens", Tokens.as_view(), name="tokens"),
    path("tokens/<slug:id>", OneToken.as_view(), name="token"),
    path("tokens/<slug:id>/usage", TokenUsage.as_view(), name="token-usage"),
]

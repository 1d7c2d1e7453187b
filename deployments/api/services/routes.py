"""Addresses of services."""

from django.urls import URLPattern, path

from deployments.api.services.history import CompareRevisions, ListRevisions, OneRevision, RestoreRevision
from deployments.api.services.secrets import ListSecrets, OneSecret
from deployments.api.services.suggesting import OneSuggestion, SuggestForDraft, SuggestForService
from deployments.api.services.validating import ValidateDraft, ValidateService
from deployments.api.services.views import OneService, ServiceList

ONE = "services/<uuid:id>"
service_routes: list[URLPattern] = [
    path("services", ServiceList.as_view(), name="services"),
    path("services/validate", ValidateDraft.as_view(), name="service-draft-validate"),
    path("services/suggestions", SuggestForDraft.as_view(), name="service-draft-suggestions"),
    path("services/suggestions/<uuid:id>", OneSuggestion.as_view(), name="service-suggestion"),
    path(ONE, OneService.as_view(), name="service"),
    path(f"{ONE}/validate", ValidateService.as_view(), name="service-validate"),
    path(f"{ONE}/suggestions", SuggestForService.as_view(), name="service-suggestions"),
    path(f"{ONE}/revisions", ListRevisions.as_view(), name="service-revisions"),
    path(f"{ONE}/revisions/<number:number>", OneRevision.as_view(), name="service-revision"),
    path(f"{ONE}/diff", CompareRevisions.as_view(), name="service-diff"),
    path(f"{ONE}/restore", RestoreRevision.as_view(), name="service-restore"),
    path(f"{ONE}/secrets", ListSecrets.as_view(), name="service-secrets"),
    path(f"{ONE}/secrets/<str:name>", OneSecret.as_view(), name="service-secret"),
]

"""Services and deployments for tests."""

from typing import Any

from django.utils import timezone

from catalog.models import Builder, Provider
from deployments.models import Deployment, Service
from tests.factories import builder_document, provider_document, save


def make_service(name: str = "site", **values: Any) -> Service:
    """A service of inline files, served as they are from a folder."""
    if not Provider.objects.filter(slug="inline").exists():
        inline = {"provider_type": "source", "cms_type": None, "source_type": "inline", "backend": "inline@1"}
        save("provider", provider_document("inline", **inline))
        save("builder", builder_document("static"))
    fields: dict[str, Any] = {
        "provider": Provider.objects.get(slug="inline"),
        "builder": Builder.objects.get(slug="static"),
        "source_backend": "inline@1",
        "build_backend": "static@1",
        "target_backend": "directory@1",
        "source_config": {"files": {"index.html": "<h1>Hello</h1>"}},
        "target_config": {"folder": name},
        "created_at": timezone.now(),
    }
    return Service.objects.create(name=name, **{**fields, **values})


def queue(service: Service, **values: Any) -> Deployment:
    """A deployment that waits, with the next number; nobody is told."""
    now = timezone.now()
    fields = {"number": service.deployments.count() + 1, "requested_at": now, "after": now}
    return Deployment.objects.create(service=service, **{**fields, **values})

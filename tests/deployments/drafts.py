"""Drafts of services for tests: inline files, served as they are from a folder."""

from typing import Any

from catalog.models import Builder, Provider
from deployments.actions.services.drafts import Draft
from tests.deployments.people import team
from tests.factories import builder_document, provider_document, publish, save

INLINE = {"provider_type": "source", "cms_type": None, "source_type": "inline", "backend": "inline@1"}


def publish_catalogue() -> None:
    """The provider and the builder of `make_draft`, live."""
    save("provider", provider_document("inline", **INLINE))
    save("builder", builder_document("static"))
    publish()


def make_draft(name: str = "site", **values: Any) -> Draft:
    fields: dict[str, Any] = {
        "provider": Provider.objects.get(slug="inline"),
        "builder": Builder.objects.get(slug="static"),
        "team": team("Web"),
        "target_backend": "directory@1",
        "source_config": {"files": {"index.html": "<h1>Hello</h1>"}},
        "target_config": {"folder": name},
    }
    return Draft(name=name, **{**fields, **values})

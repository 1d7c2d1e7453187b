"""A service whose parts are changed on the page of its settings."""

from typing import Any

from catalog.actions.revisions import Change
from catalog.models.history import RevisionSource
from deployments.actions.services.saving import create_service
from deployments.models import BackendKind, Service
from tests.deployments.admin.services.forms import (
    make_catalogue,
    settings_form,
)
from tests.deployments.drafts import INLINE, make_draft
from tests.factories import builder_document, provider_document, publish, save

BECAUSE = Change(by=None, note="Because", source=RevisionSource.COMMAND)
GONE = {"state": "disabled", "since": "2026-01-01", "reason": "It is too slow"}
DRAWN = {"drawn/source": "inline", "drawn/build": "static", "drawn/target": "directory@1"}
COMMAND_SCHEMA = {
    "type": "object",
    "properties": {
        "outputFolder": {"type": "string", "title": "Published folder"},
        "sourceFolder": {"type": "string"},
        "buildCommand": {"type": "string", "default": "make"},
    },
}


def make_service() -> Service:
    """Of files in its settings; a source of uploads and a builder of commands are there, too."""
    make_catalogue()
    save("builder", builder_document("command", backend="command@1", config_schema=COMMAND_SCHEMA))
    zips = {**INLINE, "backend": "upload@1", "source_type": "archive", "incompatible_builders": ["hugo"]}
    save("provider", provider_document("zips", **zips, display_name="Archive here"))
    publish()
    return create_service(make_draft("site", build_config={"outputFolder": "public"}), BECAUSE)


def fields_of(answer: Any) -> dict[str, list[str]]:
    return settings_form(answer.content.decode()).fields


def offered(answer: Any, kind: BackendKind) -> list[str]:
    (part,) = [part for part in answer.context["parts"] if part.bound.side.kind == kind]
    return [offer.value for offer in part.offers]

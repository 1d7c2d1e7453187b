"""The pages of services as a browser fills them in; `make_catalogue` publishes what they are made of."""

from typing import Any

from django.test import Client

from deployments.models import Service
from tests.catalog.admin.html import Form, Page
from tests.deployments.drafts import INLINE
from tests.factories import builder_document, provider_document, publish, save, stack_document

NEW = "/admin/services/new/"
INLINE_SCHEMA = {
    "type": "object",
    "properties": {
        "files": {
            "type": "object",
            "title": "Files",
            "minProperties": 1,
            "additionalProperties": {"type": "string", "x-widget": "code"},
        }
    },
    "required": ["files"],
}
STATIC_SCHEMA = {
    "type": "object",
    "properties": {
        "outputFolder": {"type": "string", "title": "Published folder", "default": "."},
        "exclude": {"type": "array", "items": {"type": "string"}, "default": [".git"]},
    },
}
CHOSEN = {"name": "Spring", "environment": "production", "team": "Web", "provider": "inline", "builder": "static",
          "target": "directory@1"}  # fmt: skip
FILLED = {
    **CHOSEN, "source/files~rows": "0", "source/files/0~key": "index.html", "source/files/0": "<h1>Hello</h1>",
    "target/folder": "spring", "change_note": "First",
}  # fmt: skip


def make_catalogue(**of_static: Any) -> None:
    save("provider", provider_document("inline", **INLINE, display_name="Files here", config_schema=INLINE_SCHEMA))
    save("builder", builder_document("static", config_schema=STATIC_SCHEMA, **of_static))
    save("builder", builder_document("hugo", backend="hugo@1"))
    save("stack", stack_document("brochure", providers={"source": ["inline"]}, builder="static"))
    publish()


def settings_form(page: str) -> Form:
    """The form of the settings, as it is filled in."""
    return next(form for form in Page(page).forms if "change_note" in form.fields)


def refill(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """What the form at the address would send, with changes."""
    return {**settings_form(client.get(address).content.decode()).fields, **changes}


def page_of(service: Service, page: str) -> str:
    return f"/admin/services/{service.pk}/{page}/"


def told(answer: Any) -> dict[str, list[str]]:
    """Messages at inputs."""
    return {name: list(messages) for name, messages in answer.context["errors"].items()}

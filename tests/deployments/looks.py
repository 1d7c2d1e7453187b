"""Looks at sources, asked for and done in the test's own process. Needs the fixtures `catalogue` and `in_process`."""

from typing import Any

from django.contrib.auth.models import User

from catalog.models import Provider
from deployments.actions.services.drafts import SourceDraft
from deployments.actions.services.looks import request_look
from deployments.models import Look, Service
from deployments.runner.looking import run_look
from tests.deployments.people import deployer, team


def source(backend: str = "fake@1", **values: Any) -> SourceDraft:
    """From the fake backend, for the team Web."""
    fields: dict[str, Any] = {"provider": Provider.objects.get(slug="inline"), "team": team("Web")}
    return SourceDraft(source_backend=backend, **{**fields, **values})


def ask(draft: SourceDraft, *, by: User | None = None, service: Service | None = None, **secrets: str) -> Look:
    """As the deployer of Web, unless told."""
    person = by or User.objects.filter(username="deployer").first() or deployer()
    return request_look(draft, by=person, service=service, secrets=secrets)


def look(draft: SourceDraft, **asked: Any) -> Look:
    """Asked for, and done."""
    made = ask(draft, **asked)
    run_look(made.pk)
    made.refresh_from_db()
    return made


def found(look: Look) -> list[str]:
    return [majors[0]["spec"] for majors in look.suggestions]


def ended(look: Look) -> tuple[str, str, str, str]:
    return (look.state, look.error_kind, look.error_message, look.error_hint)

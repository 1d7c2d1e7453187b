"""Programs that call the API in tests: a client with a token of somebody with a role, and short ways to send JSON."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.actions.roles import create_roles
from catalog.actions.tokens import make_token
from catalog.models import CatalogEntry, Revision, find_entry

API = "/api/v1"
PROVIDERS, BUILDERS, STACKS, BULK, SNAPSHOTS = (
    f"{API}/{name}" for name in ("providers", "builders", "stacks", "bulk", "snapshots")
)
SANITY_AT, DECAP_AT = f"{PROVIDERS}/sanity", f"{PROVIDERS}/decap"
PROBLEM = "application/problem+json"


def person_with(*roles: str, name: str = "") -> User:
    """Somebody with these roles; the same one for the same name."""
    create_roles()
    person, _ = User.objects.get_or_create(username=name or "-".join(roles).lower().replace(" ", "-") or "nobody")
    person.groups.set(Group.objects.filter(name__in=roles))
    return person


def program_of(person: User, *scopes: str, provider_types: Sequence[str] = ()) -> Client:
    """A client that sends a token with these scopes."""
    _, text = make_token(
        by=person, owner=person, name="A program", scopes=scopes, days=1, provider_types=provider_types
    )
    return Client(headers={"Authorization": f"Bearer {text}"})


def writer() -> Client:
    return program_of(person_with("Editor"), "entries:read", "entries:write")


def approver() -> Client:
    return program_of(person_with("Approver"), "entries:approve")


def publisher() -> Client:
    return program_of(person_with("Publisher"), "snapshots:publish")


def send(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Any:
    """The answer; `headers` with underscores: `If_Match='"1"'`. Text and bytes are sent as they are."""
    content = body if isinstance(body, (str, bytes)) else json.dumps({} if body is None else body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = named.pop("Content-Type", "application/json")
    return client.generic(method, address, content, content_type=content_type, headers=named)


def write(document: Any, note: str = "Because") -> dict[str, Any]:
    return {"document": document, "change_note": note}


def entry_at(key: str) -> CatalogEntry:
    found = find_entry(key)
    assert found is not None
    return found


def newest(key: str) -> Revision:
    latest = entry_at(key).latest_revision
    assert latest is not None
    return latest


def refusal(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    """The status of a problem, and (path, code) of its errors."""
    assert answer.headers["Content-Type"] == PROBLEM, answer.content
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, [(error["path"], error["code"]) for error in body.get("errors", [])]

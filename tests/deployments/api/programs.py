"""Programs that call the API of services in tests."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from deployments.models import Service
from tests.catalog.api.write.programs import API, program_of, send
from tests.deployments.people import deployer

SERVICES, DEPLOYMENTS, TARGETS = f"{API}/services", f"{API}/deployments", f"{API}/targets"
READ, WRITE, LOOK, TRIGGER = ALL = ("services:read", "services:write", "deployments:read", "deployments:trigger")
UNKNOWN = "3f0c2f6e-6b0f-4c57-9a54-3a1f3d1f7c11"


def program(person: User | None = None, *scopes: str) -> Client:
    """A token of this person, else of the deployer of Web; with every scope of services unless told."""
    who = person or User.objects.filter(username="deployer").first() or deployer()
    return program_of(who, *(scopes or ALL))


def body(name: str = "site", **members: Any) -> dict[str, Any]:
    """A new service of inline files; members given as None are left out."""
    written = {
        "name": name,
        "providerId": "inline",
        "builderId": "static",
        "targetId": "directory",
        "providerConfig": {"files": {"index.html": "<h1>Hello</h1>"}},
        "targetConfig": {"folder": name},
        **members,
    }
    return {member: value for member, value in written.items() if value is not None}


def create(client: Client, name: str = "site", **members: Any) -> str:
    """The address of a new service."""
    answer = send(client, "POST", SERVICES, body(name, **members))
    assert answer.status_code == 201, answer.content
    return str(answer.headers["Location"])


def row(address: str) -> Service:
    return Service.objects.get(pk=address.rpartition("/")[2])


def errors(answer: Any) -> dict[str, str]:
    """Path -> code of the errors of a problem, or of a judgement."""
    return {error["path"]: error["code"] for error in answer.json()["errors"]}

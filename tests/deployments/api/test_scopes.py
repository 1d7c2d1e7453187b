"""No endpoint of services is reached with a scope or a permission missing: every one, by every kind of caller."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern

from catalog.api.base import ApiView
from catalog.models.clients import SCOPES
from deployments.api.urls import urlpatterns
from tests.catalog.api.write.programs import API, PROBLEM, program_of, send
from tests.deployments.api.scopes import PARTS, SCOPES_BY_ROUTE
from tests.deployments.people import make_person

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Call = tuple[str, str]


def view_of(pattern: Any) -> Any:
    assert isinstance(pattern, URLPattern)
    return getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)


def address_of(route: str, parts: Mapping[str, str] = PARTS) -> str:
    for part, text in parts.items():
        route = route.replace(part, text)
    assert "<" not in route, f"Say in PARTS what stands for the parts of {route}."
    return f"{API}/{route}"


def calls() -> Iterator[tuple[Call, str]]:
    """(method, address), scope of every operation."""
    for route, methods in SCOPES_BY_ROUTE.items():
        for method, scope in methods.items():
            yield (method, address_of(route)), scope


def answers(client_for: Callable[[str], Client]) -> dict[Call, int]:
    """The status of every operation, called by the client for its scope; each refusal is a problem."""
    found = {}
    for (method, address), scope in calls():
        answer = send(client_for(scope), method, address, None if method == "GET" else "{}", If_Match='"1"')
        if answer.status_code in (401, 403):
            assert answer.headers["Content-Type"] == PROBLEM
        found[method, address] = answer.status_code
    return found


def everywhere(status: int) -> dict[Call, int]:
    return {call: status for call, _ in calls()}


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("root")


def test_table_names_every_route_and_its_scopes() -> None:
    views = {str(pattern.pattern): view_of(pattern) for pattern in urlpatterns}

    assert all(view is not None and issubclass(view, ApiView) for view in views.values())
    there = {route: {method for method in METHODS if hasattr(view, method.lower())} for route, view in views.items()}
    assert there == {route: set(methods) for route, methods in SCOPES_BY_ROUTE.items()}
    assert {route: view.scopes for route, view in views.items()} == SCOPES_BY_ROUTE


def test_nobody_reaches_anything(db: None) -> None:
    anonymous = Client()

    assert answers(lambda scope: anonymous) == everywhere(401)


def test_token_with_every_other_scope_is_refused(superuser: User) -> None:
    clients = {scope: program_of(superuser, *(other for other in SCOPES if other != scope)) for scope in SCOPES}

    assert answers(clients.__getitem__) == everywhere(403)


def test_token_with_its_scope_is_not_refused(superuser: User) -> None:
    clients = {scope: program_of(superuser, scope) for scope in SCOPES}

    found = answers(clients.__getitem__)

    assert {call: status for call, status in found.items() if status in (401, 403, 405, 500)} == {}


def test_owner_who_lost_the_permission_is_refused(superuser: User) -> None:
    clients = {scope: program_of(superuser, scope) for scope in SCOPES}
    User.objects.filter(pk=superuser.pk).update(is_superuser=False)

    assert answers(clients.__getitem__) == everywhere(403)


def test_session_needs_the_permission_and_proof_of_origin(superuser: User) -> None:
    powerless, forged = Client(), Client(enforce_csrf_checks=True)
    powerless.force_login(make_person("editor", "Editor", "Web"))
    forged.force_login(superuser)

    assert answers(lambda scope: powerless) == everywhere(403)
    acting = {call: status for call, status in answers(lambda scope: forged).items() if call[0] != "GET"}
    assert acting == {call: 403 for call in everywhere(0) if call[0] != "GET"}


def test_methods_that_there_are_not_are_refused(superuser: User) -> None:
    client = program_of(superuser, *SCOPES)
    found = {}
    for route, methods in SCOPES_BY_ROUTE.items():
        for method in {*METHODS, "TRACE"} - set(methods):
            answer = send(client, method, address_of(route), "{}")
            allowed = set(answer.headers["Allow"].split(", ")) - {"OPTIONS", "HEAD"}
            found[method, route] = (answer.status_code, answer.headers["Content-Type"], allowed)

    assert {call: seen for call, seen in found.items() if seen != (405, PROBLEM, set(SCOPES_BY_ROUTE[call[1]]))} == {}

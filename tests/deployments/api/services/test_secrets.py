"""Secrets of a service: set, replaced, forgotten, listed by name; no value comes back."""

import re

import pytest

from catalog.models import AuditRecord
from deployments.actions.secrets import set_secret
from deployments.configs.schemas import SECRET_NAME
from deployments.models import Secret
from deployments.runner.secrets import open_secret
from tests.catalog.admin.pages import count_queries
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import create, errors, program, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_secret_is_set_replaced_and_forgotten() -> None:
    client = program()
    address = create(client)
    at = f"{address}/secrets/token"

    new = send(client, "PUT", at, {"value": "one"})
    again = send(client, "PUT", at, {"value": "two"})
    shown, listed = client.get(at), client.get(f"{address}/secrets")
    value = open_secret(row(address).secrets.get())
    gone = [send(client, "DELETE", at) for _ in range(2)]

    assert (new.status_code, again.status_code, value) == (201, 200, "two")
    assert shown.json() == again.json() == listed.json()[0]
    assert list(shown.json()) == ["name", "changedAt"]
    assert [answer.status_code for answer in gone] == [204, 204]
    assert refusal(client.get(at)) == (404, [])
    assert client.get(f"{address}/secrets").json() == []
    details = AuditRecord.objects.filter(verb="secret_changed").order_by("pk").values_list("detail", flat=True)
    assert list(details) == ["Secret token set", "Secret token set", "Secret token forgotten"]


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "github_token"])
def test_name_is_right_in_a_config_if_it_can_be_set(name: str) -> None:
    """One rule: what is set can be named, what cannot be named is not set."""
    client = program()
    address = create(client)
    pattern = re.compile(SECRET_NAME["pattern"])

    put = send(client, "PUT", f"{address}/secrets/{name}", {"value": "x"})
    sent = send(client, "PATCH", address, {"secrets": {name: "x"}}, If_Match='"1"')

    assert (put.status_code, sent.status_code) == ((201, 200) if pattern.search(name) else (422, 400))
    assert row(address).secrets.exists() is bool(pattern.search(name))


def test_secret_of_an_older_name_can_be_forgotten() -> None:
    client = program()
    address = create(client)
    set_secret(row(address), "token", "x")
    Secret.objects.update(name="GITHUB_TOKEN")
    at = f"{address}/secrets/GITHUB_TOKEN"

    assert [client.get(at).status_code, send(client, "DELETE", at).status_code] == [200, 204]
    assert not Secret.objects.exists()


@pytest.mark.parametrize("name", ["a b", "-x", "9", "a" * 64, "%00", "%ED%A0%80", "ä", "a%2Fb"])
def test_what_is_no_name_is_refused_and_never_there(name: str) -> None:
    client = program()
    at = f"{create(client)}/secrets/{name}"

    put = send(client, "PUT", at, {"value": "x"})

    assert put.status_code in (404, 422)
    assert [client.get(at).status_code, send(client, "DELETE", at).status_code] == [404, 404]


@pytest.mark.parametrize(
    ("sent", "path", "code"),
    [
        ({}, "/value", "required"),
        ({"value": ""}, "/value", "minLength"),
        ({"value": "x" * 64_001}, "/value", "maxLength"),
        ({"value": None}, "/value", "type"),
        ({"value": "x", "more": 1}, "/more", "additionalProperties"),
    ],
)
def test_what_is_no_value_is_refused_at_its_place(sent: object, path: str, code: str) -> None:
    client = program()
    address = create(client)

    answer = send(client, "PUT", f"{address}/secrets/token", sent)

    assert (answer.status_code, errors(answer)) == (400, {path: code})
    assert "x" * 100 not in answer.content.decode()
    assert not row(address).secrets.exists()


def test_queries_of_the_list_do_not_grow() -> None:
    client = program()
    address = create(client, secrets={"a": "1"})
    few = count_queries(client, f"{address}/secrets")
    for name in "bcd":
        send(client, "PUT", f"{address}/secrets/{name}", {"value": "x"})

    assert count_queries(client, f"{address}/secrets") == few
    assert [secret["name"] for secret in client.get(f"{address}/secrets").json()] == ["a", "b", "c", "d"]

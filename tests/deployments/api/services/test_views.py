"""Services are made, listed, looked at, changed and removed by programs."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from catalog.models import AuditRecord, Provider, Revision
from deployments.models import Service
from deployments.runner.secrets import open_secret
from tests.catalog.admin.pages import count_queries
from tests.catalog.api.write.programs import refusal, send
from tests.deployments.api.programs import (
    ALL,
    DEPLOYMENTS,
    SERVICES,
    UNKNOWN,
    WRITE,
    body,
    create,
    errors,
    program,
    row,
)
from tests.deployments.people import deployer, make_person, team
from tests.deployments.services import queue
from tests.factories import provider_document, publish, save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_new_service_is_answered_whole_with_its_address_and_etag() -> None:
    answer = send(program(), "POST", SERVICES, body(changeNote="First"))

    shown = answer.json()
    service = Service.objects.get()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert answer.headers["Location"] == f"{SERVICES}/{service.pk}"
    assert shown == {
        "id": str(service.pk),
        **body(environment="production", team="Web", builderConfig={}, routing={}),
        "stackId": None,
        "providerBackend": "inline@1",
        "builderBackend": "static@1",
        "targetBackend": "directory@1",
        "isPinned": False,
        "activeDeploymentId": None,
        "url": None,
        "revision": 1,
        "createdBy": "deployer",
        "createdAt": shown["createdAt"],
        "changedAt": shown["changedAt"],
    }
    revision = Revision.objects.get(entry_key=service.key)
    assert (revision.change_note, revision.source, revision.author) == ("First", "api", service.created_by)
    assert program().get(answer.headers["Location"]).json() == shown


def test_secrets_are_kept_and_never_answered() -> None:
    config = {"files": {"index.html": "x"}}

    answer = send(program(), "POST", SERVICES, body(providerConfig=config, secrets={"token": "hush-hush"}))

    secret = Service.objects.get().secrets.get()
    assert answer.status_code == 201
    assert (secret.name, open_secret(secret)) == ("token", "hush-hush")
    for address in ("", "/secrets", "/secrets/token", "/revisions", "/revisions/1"):
        assert b"hush" not in program().get(answer.headers["Location"] + address).content
    assert not AuditRecord.objects.filter(detail__contains="hush").exists()


def test_without_a_keyring_nothing_is_kept_and_its_place_is_not_told(settings: Any) -> None:
    settings.REGISTRY_MAKES_KEYRING = False

    answer = send(program(), "POST", SERVICES, body(secrets={"token": "hush"}))

    assert refusal(answer) == (503, [])
    assert str(settings.REGISTRY_SECRETS_KEYRING) not in answer.content.decode()
    assert not Service.objects.exists()


def test_name_is_taken_once_per_environment() -> None:
    client = program()
    create(client)

    again = send(client, "POST", SERVICES, body(targetConfig={"folder": "other"}))
    elsewhere = send(client, "POST", SERVICES, body(environment="staging", targetConfig={"folder": "other"}))

    assert (again.status_code, errors(again)) == (422, {"/name": "taken"})
    assert elsewhere.status_code == 201


def test_same_key_makes_one_service() -> None:
    client = program()

    first, second = (send(client, "POST", SERVICES, body(), Idempotency_Key="k") for _ in range(2))

    assert (first.content, first.headers["Location"]) == (second.content, second.headers["Location"])
    assert (second.headers["Idempotent-Replayed"], Service.objects.count()) == ("true", 1)


def test_patch_changes_members_and_keeps_the_rest() -> None:
    client = program()
    address = create(client, providerConfig={"files": {"index.html": "one", "old.html": "x"}})
    patch = {
        "name": "renamed",
        "providerConfig": {"files": {"index.html": "two", "old.html": None}},
        "routing": None,
        "secrets": {"token": "hush"},
    }

    answer = send(client, "PATCH", address, patch, If_Match='"1"', Content_Type="application/merge-patch+json")

    shown = answer.json()
    assert (answer.status_code, answer.headers["ETag"], shown["revision"]) == (200, '"2"', 2)
    assert (shown["name"], shown["providerConfig"]) == ("renamed", {"files": {"index.html": "two"}})
    assert (shown["targetConfig"], shown["team"]) == ({"folder": "site"}, "Web")
    assert row(address).secrets.get().name == "token"
    latest = row(address).latest_revision
    assert latest is not None
    assert latest.change_note == "Changed name, providerConfig, routing"


def test_config_of_another_backend_begins_empty() -> None:
    of_source = {"provider_type": "source", "cms_type": None, "source_type": "repository"}
    save("provider", provider_document("git", **of_source, backend="git@1"))
    save("provider", provider_document("pages", **of_source, backend="inline@1"))
    publish()
    client = program()
    address, url = create(client, builderConfig={"outputFolder": "."}), "https://git.example.com/a/b.git"

    alike = send(client, "PATCH", address, {"providerId": "pages"}, If_Match='"1"').json()
    other = send(client, "PATCH", address, {"providerId": "git", "providerConfig": {"url": url}}, If_Match='"2"')
    unknown = send(client, "PATCH", address, {"providerId": "none", "targetId": "null"}, If_Match='"3"')

    assert alike["providerConfig"] == body()["providerConfig"]
    assert (other.status_code, other.json()["providerConfig"]) == (200, {"url": url})
    assert other.json()["builderConfig"] == {"outputFolder": "."}
    assert errors(unknown) == {"/providerId": "reference"}
    null = send(client, "PATCH", address, {"targetId": "null"}, If_Match='"3"').json()
    assert (null["targetBackend"], null["targetConfig"]) == ("null@1", {})


def test_patch_that_changes_nothing_makes_no_revision() -> None:
    client = program()
    address = create(client)

    answers = [send(client, "PATCH", address, patch, If_Match='"1"') for patch in ({}, {"environment": None})]

    assert [(answer.status_code, answer.json()["revision"]) for answer in answers] == [(200, 1), (200, 1)]


def test_note_of_spaces_is_none() -> None:
    client = program()
    address = create(client)

    new = send(client, "POST", SERVICES, body("other", changeNote=" \n "))
    patch = send(client, "PATCH", address, {"environment": "staging", "changeNote": " "}, If_Match='"1"')

    assert [answer.status_code for answer in (new, patch)] == [422, 422]
    assert "change note" in new.json()["detail"]


def test_patch_without_a_member_that_is_needed_is_refused() -> None:
    client = program()
    patch = {"name": None, "providerId": None, "builderId": None, "targetId": None}

    answer = send(client, "PATCH", create(client), patch, If_Match='"1"')
    nameless = send(client, "PATCH", create(client, "other"), {"name": None}, If_Match='"1"')

    assert answer.status_code == 422
    assert errors(answer) == dict.fromkeys(["/providerId", "/builderId", "/targetId"], "required")
    assert (nameless.status_code, errors(nameless)) == (422, {"/name": "name"})


def test_provider_that_stays_keeps_its_version_and_another_begins_with_its_own() -> None:
    client = program()
    address = create(client)
    Service.objects.update(source_backend="fake@9", build_backend="fake@9")

    answer = send(client, "PATCH", address, {"environment": "staging"}, If_Match='"1"')

    assert errors(answer) == {"/providerId": "backend_missing", "/builderId": "backend_missing"}
    assert "fake@9" in answer.json()["errors"][0]["message"]
    other = {**_document("providers/source/inline"), "provider_name": "inline-two"}
    save("provider", other)
    publish()
    patch = {"providerId": "inline-two", "providerConfig": body()["providerConfig"]}
    moved = send(client, "PATCH", address, patch, If_Match='"1"')
    assert errors(moved) == {"/builderId": "backend_missing"}


def test_precondition_is_needed_and_a_stale_one_is_refused() -> None:
    client = program()
    address = create(client)
    send(client, "PATCH", address, {"environment": "staging"}, If_Match='"1"')
    patch = {"name": "mine"}

    missing = send(client, "PATCH", address, patch)
    stale = send(client, "PATCH", address, patch, If_Match='"1"')
    early = send(client, "PATCH", address, patch, If_Match='"3"')
    any_one = send(client, "PATCH", address, patch, If_Match="*")

    assert [refusal(answer)[0] for answer in (missing, stale, early, any_one)] == [428, 412, 412, 400]
    assert stale.headers["ETag"] == early.headers["ETag"] == '"2"'
    assert row(address).name == "site"


def test_removed_service_is_there_no_more_but_its_deployments_are() -> None:
    client = program()
    address = create(client)
    deployment = queue(row(address))

    stale = send(client, "DELETE", address, If_Match='"7"')
    answer = send(client, "DELETE", f"{address}?reason=Moved+away", If_Match='"1"')

    assert (stale.status_code, answer.status_code, answer.content) == (412, 204, b"")
    assert AuditRecord.objects.filter(verb="service_removed", detail="Moved away").exists()
    assert refusal(client.get(address)) == refusal(send(client, "DELETE", address)) == (404, [])
    assert client.get(SERVICES).json() == []
    assert client.get(f"{DEPLOYMENTS}/{deployment.pk}").json()["state"] == "cancelled"
    assert send(client, "POST", SERVICES, body()).status_code == 201


def test_list_is_filtered_and_paged_the_newest_first() -> None:
    client = program()
    for name in "abcde":
        create(client, name, environment="staging" if name == "c" else "production")

    def names(query: str) -> list[str]:
        return [service["name"] for service in client.get(f"{SERVICES}?{query}").json()]

    pages, address = [], f"{SERVICES}?limit=2&team=Web"
    while address:
        page = client.get(address)
        pages.append([service["name"] for service in page.json()])
        address = page.headers.get("Link", "")[1:].partition(">")[0]
    assert pages == [["e", "d"], ["c", "b"], ["a"]]
    assert (names("environment=staging"), names("name=b"), names("team=Shop")) == (["c"], ["b"], [])
    assert (len(names("providerId=inline&builderId=static")), names("providerId=github")) == (5, [])
    assert program(deployer("other", of="Shop")).get(SERVICES).json() == []


def test_cursor_of_another_list_and_unknown_parameters_are_refused() -> None:
    client = program()
    for name in "ab":
        create(client, name)
    link = client.get(f"{SERVICES}?limit=1").headers["Link"]
    cursor = link.partition("cursor=")[2].partition(">")[0]

    others = [f"environment=production&cursor={cursor}", "cursor=x", "cursor=", "limit=0", "nope=1", "name=%00"]

    assert [client.get(f"{SERVICES}?{query}").status_code for query in others] == [400] * 6
    assert client.get(f"{DEPLOYMENTS}?cursor={cursor}").status_code == 400


def test_queries_of_the_list_do_not_grow() -> None:
    client = program()
    create(client, "a")
    count_queries(client, SERVICES)
    few = count_queries(client, SERVICES)
    for name in "bcd":
        create(client, name)

    assert count_queries(client, SERVICES) == few


@pytest.mark.parametrize(
    ("codename", "method", "rest", "deed"),
    [
        ("delete_service", "POST", "", "make services"),
        ("add_service", "PATCH", "/{id}", "change services"),
        ("change_service", "DELETE", "/{id}", "remove services"),
        ("add_service", "PUT", "/{id}/secrets/token", "change the secrets of services"),
        ("add_service", "DELETE", "/{id}/secrets/token", "change the secrets of services"),
        ("add_service", "POST", "/{id}/restore", "change services"),
    ],
)
def test_permission_for_one_deed_opens_no_other(codename: str, method: str, rest: str, deed: str) -> None:
    address = create(program())
    person = User.objects.create_user("half")
    person.groups.add(team("Web"))
    person.user_permissions.set(Permission.objects.filter(codename__in=(codename, "view_service")))
    sent = {"POST": {"number": 1} if rest else body("other"), "PUT": {"value": "x"}}.get(method, {})

    answer = send(program(person, WRITE), method, SERVICES + rest.format(id=row(address).pk), sent, If_Match='"1"')

    assert (refusal(answer), deed in answer.json()["detail"]) == ((403, []), True)
    assert AuditRecord.objects.filter(verb="refused", by=person).exists()


def test_token_for_one_thing_finds_the_service_but_reads_no_list() -> None:
    address = create(program())
    boss = make_person("boss", "Administrator")

    for person in (None, boss):
        writer, trigger = program(person, WRITE), program(person, "deployments:trigger")
        number = program(boss).get(address).headers["ETag"]
        patch = {"environment": f"staging-{person or 'web'}"}
        assert send(writer, "PATCH", address, patch, If_Match=number).status_code == 200
        assert send(trigger, "POST", f"{address}/deployments").status_code == 202
        assert [client.get(SERVICES).status_code for client in (writer, trigger)] == [403, 403]
    assert program(boss, *ALL).get(f"{SERVICES}/{UNKNOWN}").status_code == 404


def _document(key: str) -> dict[str, Any]:
    latest = Provider.objects.get(key=key).latest_revision
    assert latest is not None
    return dict(latest.document)

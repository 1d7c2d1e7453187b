"""Rights behind a scope: kinds, deeds, types, config schemas; and what is kept of refusals."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from catalog.models import AuditRecord, find_entry
from catalog.models.audit import Verb
from tests.catalog.api.write.programs import (
    BUILDERS,
    BULK,
    PROVIDERS,
    SANITY_AT,
    person_with,
    program_of,
    refusal,
    send,
    write,
    writer,
)
from tests.factories import SANITY, builder_document, provider_document, publish, save

pytestmark = pytest.mark.django_db


def test_limits_of_a_token_and_guards_of_schemas_hold() -> None:
    save("provider", SANITY)
    person = person_with("Schema admin")
    cms_only = program_of(person, "entries:read", "entries:write", provider_types=["cms"])
    with_schemas = program_of(person, "entries:read", "entries:write", "schemas:write")
    schema = write({"config_schema": {"type": "object"}})

    other_type = send(cms_only, "POST", BUILDERS, write(builder_document()))
    no_scope = send(cms_only, "PATCH", SANITY_AT, schema, If_Match='"1"')
    allowed = send(with_schemas, "PATCH", SANITY_AT, schema, If_Match='"1"')

    assert refusal(other_type) == refusal(no_scope) == (403, [])
    assert find_entry("builders/hugo") is None
    assert allowed.status_code == 200


def test_schema_that_breaks_what_is_live_needs_a_reason() -> None:
    before = {"type": "object", "properties": {"repository": {"type": "string"}}}
    after = {**before, "required": ["repository"]}
    save("provider", {**SANITY, "config_schema": before})
    publish()
    admin = program_of(person_with("Schema admin"), "entries:read", "entries:write", "schemas:write")
    body = write({"config_schema": after})

    refused = send(admin, "PATCH", SANITY_AT, body, If_Match='"1"')
    in_bulk = send(
        admin,
        "POST",
        BULK,
        {
            "items": [
                {"kind": "provider", "document": {**SANITY, "config_schema": after}, "expected_revision": 1},
            ],
            "change_note": "x",
        },
    )
    allowed = send(admin, "PATCH", SANITY_AT, body | {"breaking_schema_reason": "Nobody uses it yet"}, If_Match='"1"')

    status, errors = refusal(refused)
    assert (status, {path.split("/")[1] for path, _ in errors}) == (422, {"config_schema"})
    assert "breaking_schema_reason" in refused.json()["detail"]
    assert (in_bulk.status_code, in_bulk.json()["errors"][0]["index"]) == (422, 0)
    assert (allowed.status_code, allowed.headers["ETag"]) == (200, '"2"')


def test_permission_for_one_kind_or_deed_opens_no_other() -> None:
    save("provider", SANITY)
    save("builder", builder_document())
    person = User.objects.create_user("half")
    person.user_permissions.set(Permission.objects.filter(codename__in=("change_provider", "view_provider")))
    client = program_of(person, "entries:read", "entries:write")
    lifecycle = {"state": "disabled", "reason": "x"}

    answers = [
        send(client, "POST", PROVIDERS, write(provider_document())),
        send(client, "PATCH", f"{BUILDERS}/hugo", write({"icon": "x"}), If_Match='"1"'),
        send(client, "POST", f"{BUILDERS}/hugo/lifecycle", lifecycle, If_Match='"1"'),
        send(client, "POST", f"{BUILDERS}/hugo/restore", {"number": 1, "change_note": "x"}, If_Match='"1"'),
        client.get(f"{BUILDERS}/hugo/revisions"),
        client.get(f"{BUILDERS}/hugo/diff"),
    ]
    allowed = send(client, "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"1"')

    assert [refusal(answer) for answer in answers] == [(403, [])] * 6
    assert "You may not add providers." in answers[0].json()["detail"]
    assert allowed.status_code == 200


def test_refusals_of_known_callers_are_kept_and_bounded() -> None:
    save("provider", SANITY)
    client = writer()

    stale = send(client, "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"7"', X_Request_ID="request-7")
    for _ in range(25):
        send(client, "PATCH", SANITY_AT, write({"icon": 5}), If_Match='"1"')
    send(Client(), "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"1"')

    kept = AuditRecord.objects.filter(verb=Verb.REFUSED).order_by("pk")
    assert stale.status_code == 412
    assert kept.count() == 20
    first = kept[0]
    assert first.by is not None
    assert (first.by.username, first.object_name, first.request_id) == ("editor", f"PATCH {SANITY_AT}", "request-7")
    assert first.detail == stale.json()["detail"]

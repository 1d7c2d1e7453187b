"""Entries that programs add, replace and patch: drafts with numbers, never what is live."""

from typing import Any

import pytest
from django.test import Client

from catalog.api.write.entries import NEW_ENTRIES, OTHER_NAMES
from catalog.models import AuditRecord, Provider, Revision
from catalog.models.audit import Verb
from tests.catalog.api.write.programs import (
    BUILDERS,
    DECAP_AT,
    PROVIDERS,
    SANITY_AT,
    STACKS,
    newest,
    refusal,
    send,
    write,
    writer,
)
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
DECAP = "providers/cms/decap"
HOSTILE: list[tuple[Any, int]] = [
    ("", 400),
    ("{", 400),
    ("[1]", 400),
    ('"text"', 400),
    ("null", 400),
    (b"\xff", 400),
    ("[" * 100_000, 400),
    ('{"document": {"a": "\\u0000"}, "change_note": "x"}', 400),
    ('{"document": {"a": "\\ud800"}, "change_note": "x"}', 400),
    ('{"document": {}, "document": {}, "change_note": "x"}', 400),
    ('{"document": {"a": NaN}, "change_note": "x"}', 400),
    ('{"document": {"a": ' + "9" * 5_000 + '}, "change_note": "x"}', 400),
    ("[" + " " * 1_000_000 + "]", 413),
    ({"document": []}, 400),
    ({"document": {}}, 400),
    ({"change_note": "x"}, 400),
    ({**write({}), "extra": 1}, 400),
    ({"document": {}, "change_note": 5}, 400),
    ({"document": {}, "change_note": ""}, 400),
    ({"document": {}, "change_note": "x" * 501}, 400),
    (write(provider_document(), " \n\t"), 422),
    (write({}), 422),
    (write(provider_document(unknown=1)), 422),
    (write(provider_document(monthly_cost_range=[1, 10**15])), 422),
    (write(provider_document(config_schema={"a": [[[[]]]] * 3})), 403),
]


@pytest.mark.parametrize(("kind", "address"), [("provider", PROVIDERS), ("builder", BUILDERS), ("stack", STACKS)])
def test_documented_examples_are_taken(kind: str, address: str) -> None:
    client = writer()

    made = send(client, "POST", address, NEW_ENTRIES[kind].value)
    changed = send(client, "PATCH", made.headers["Location"], OTHER_NAMES[kind].value, If_Match=made.headers["ETag"])

    assert (made.status_code, changed.status_code, changed.json()["revision"]) == (201, 200, 2)


def test_every_kind_is_created_read_replaced_and_patched() -> None:
    client = writer()
    documents = {
        BUILDERS: ("builders/hugo", builder_document("hugo")),
        PROVIDERS: (DECAP, provider_document()),
        STACKS: ("stacks/foundation/marketing", stack_document(providers={"cms": ["decap"]}, builder="hugo")),
    }

    for address, (key, document) in documents.items():
        made = send(client, "POST", address, write(document, "New"))
        at = made.headers["Location"]
        read = client.get(f"{at}?state=draft")
        replaced = send(client, "PUT", at, write({**document, "best_for": "Blogs"}), If_Match=read.headers["ETag"])
        patched = send(client, "PATCH", at, write({"best_for": None}), If_Match=replaced.headers["ETag"])

        assert (made.status_code, made.headers["ETag"], at) == (201, '"1"', f"/api/v1/{key}")
        assert made.json() == {
            "key": key,
            "outcome": "created",
            "revision": 1,
            "approved_revision": None,
            "live_revision": None,
            "document": document,
        }
        assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
        assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
        assert replaced.json()["document"] == {**document, "best_for": "Blogs"}
        assert (patched.status_code, patched.headers["ETag"]) == (200, '"3"')
        assert (patched.json()["outcome"], patched.json()["document"]) == ("changed", document)


def test_change_keeps_who_why_through_what_and_in_which_request() -> None:
    send(writer(), "POST", PROVIDERS, write(provider_document(), "New here"), X_Request_ID="my-request-1")

    revision = newest(DECAP)
    noted = AuditRecord.objects.get(verb=Verb.CREATED)
    assert revision.author is not None
    assert (revision.author.username, revision.change_note, revision.source, revision.request_id) == (
        "editor",
        "New here",
        "api",
        "my-request-1",
    )
    assert (noted.object_name, noted.request_id, noted.address) == (DECAP, "my-request-1", "127.0.0.1")


def test_what_is_live_stays_until_it_is_published() -> None:
    save("provider", SANITY)
    publish()

    changed = send(writer(), "PATCH", SANITY_AT, write({"display_name": "Other"}), If_Match='"1"')

    assert (changed.json()["revision"], changed.json()["live_revision"]) == (2, 1)
    assert Client().get(SANITY_AT).json()["display_name"] == "Sanity CMS"


def test_answer_can_be_sent_back_as_it_is() -> None:
    save("provider", SANITY)
    client = writer()
    draft = client.get(f"{SANITY_AT}?state=draft")

    same = send(client, "PUT", SANITY_AT, write(draft.json()), If_Match=draft.headers["ETag"])

    assert (same.status_code, same.headers["ETag"], same.json()["outcome"]) == (200, '"1"', "unchanged")
    assert Revision.objects.count() == 1


def test_patch_is_taken_under_its_own_type_too() -> None:
    save("provider", SANITY)

    patched = send(
        writer(),
        "PATCH",
        SANITY_AT,
        write({"icon": "sanity"}),
        If_Match='"1"',
        Content_Type="application/merge-patch+json",
    )
    form = send(writer(), "POST", PROVIDERS, "a=1", Content_Type="application/x-www-form-urlencoded")

    assert (patched.status_code, newest("providers/cms/sanity").document["icon"]) == (200, "sanity")
    assert refusal(form) == (415, [])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 428),
        ("", 428),
        ("*", 400),
        ("1", 400),
        ('W/"1"', 400),
        ('"1", "2"', 400),
        ('"-1"', 400),
        ('"' + "9" * 50 + '"', 400),
        ('"0"', 412),
        ('"2"', 412),
        ('"999999999"', 412),
    ],
)
def test_write_names_the_revision_that_it_began_with(given: str | None, status: int) -> None:
    save("provider", SANITY)
    client = writer()

    headers = {} if given is None else {"If_Match": given}
    answers = [
        send(client, method, SANITY_AT, write({**SANITY, "icon": "x"}), **headers) for method in ("PUT", "PATCH")
    ]

    assert [refusal(answer) for answer in answers] == [(status, [])] * 2
    assert [answer.headers.get("ETag") for answer in answers] == ['"1"' if status == 412 else None] * 2
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(("body", "status"), HOSTILE)
def test_hostile_body_is_refused_in_words(body: Any, status: int) -> None:
    client = writer()

    answer = send(client, "POST", PROVIDERS, body)

    assert refusal(answer)[0] == status
    assert answer.json()["detail"]
    assert not Provider.objects.exists()


def test_wrong_members_are_named_by_their_places() -> None:
    client = writer()

    envelope = send(client, "POST", PROVIDERS, {"document": [], "note": "x"})
    document = send(client, "POST", PROVIDERS, write(provider_document(display_name="", cms_type="none")))

    assert refusal(envelope) == (400, [("/change_note", "required"), ("/document", "type"), ("/note", ADDITIONAL)])
    assert refusal(document) == (422, [("/cms_type", "enum"), ("/display_name", "minLength")])


ADDITIONAL = "additionalProperties"


def test_taken_name_is_a_conflict_and_a_wrong_one_not_found() -> None:
    save("provider", SANITY | {"aliases": ["providers/cms/sanity_io"]})
    client = writer()

    taken = send(client, "POST", PROVIDERS, write(SANITY))
    missing = send(client, "PUT", DECAP_AT, write(provider_document()), If_Match='"1"')
    moved = send(client, "PUT", f"{PROVIDERS}/sanity_io?x=1", write(SANITY), If_Match='"1"')
    renamed = send(client, "PUT", SANITY_AT, write(provider_document()), If_Match='"1"')

    assert refusal(taken) == (409, [])
    assert refusal(missing) == (404, [])
    assert (moved.status_code, moved.headers["Location"]) == (308, f"{PROVIDERS}/cms/sanity?x=1")
    assert refusal(renamed) == (422, [("", "key")])


def test_name_of_several_must_say_which() -> None:
    save("provider", SANITY)
    save("provider", provider_document("sanity", provider_type="ssg", cms_type=None, implementation_language="go"))
    client = writer()

    several = send(client, "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"1"')
    one = send(client, "PATCH", f"{PROVIDERS}/ssg/sanity", write({"icon": "x"}), If_Match='"1"')

    assert refusal(several) == (409, [])
    assert "cms/sanity, ssg/sanity" in several.json()["detail"]
    assert (one.status_code, one.json()["key"]) == (200, "providers/ssg/sanity")

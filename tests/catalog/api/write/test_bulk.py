"""Many entries in one request: all or none, with every problem of every item."""

from typing import Any

import pytest

from catalog.models import Builder, Provider, Revision
from tests.catalog.api.write.programs import BULK, newest, person_with, program_of, refusal, send, writer
from tests.factories import SANITY, builder_document, provider_document, save, stack_document

pytestmark = pytest.mark.django_db


def item(kind: str, document: Any, expected: Any = 0) -> dict[str, Any]:
    return {"kind": kind, "document": document, "expected_revision": expected}


def bulk(*items: Any, note: str = "Nightly", **more: Any) -> dict[str, Any]:
    return {"items": list(items), "change_note": note, **more}


def test_items_of_every_kind_are_written_together() -> None:
    save("provider", SANITY)
    body = bulk(
        item("stack", stack_document(builder="hugo", providers={"cms": ["sanity", "decap"]})),
        item("builder", builder_document()),
        item("provider", {**SANITY, "icon": "x"}, 1),
        item("provider", provider_document()),
    )

    first = send(writer(), "POST", BULK, body)
    second = send(writer(), "POST", BULK, bulk(*(one | {"expected_revision": 1} for one in body["items"][:2])))

    assert (first.status_code, first.json()) == (
        200,
        {
            "created": 3,
            "changed": 1,
            "unchanged": 0,
            "items": [
                {"key": "stacks/foundation/marketing", "outcome": "created", "revision": 1},
                {"key": "builders/hugo", "outcome": "created", "revision": 1},
                {"key": "providers/cms/sanity", "outcome": "changed", "revision": 2},
                {"key": "providers/cms/decap", "outcome": "created", "revision": 1},
            ],
        },
    )
    assert (second.json()["unchanged"], second.json()["changed"]) == (2, 0)
    mine = Revision.objects.filter(author__username="editor").values_list("change_note", "source")
    assert set(mine) == {("Nightly", "api")}
    assert len(set(Revision.objects.exclude(author=None).values_list("request_id", flat=True))) == 1


def test_one_wrong_item_keeps_all_out() -> None:
    save("provider", SANITY)
    body = bulk(
        item("provider", provider_document("fine")),
        item("provider", {**SANITY, "icon": "x"}, 3),
        item("builder", builder_document("zola", category="none", extra=1)),
    )

    answer = send(writer(), "POST", BULK, body)

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [(error["index"], error["path"], error["code"]) for error in errors] == [
        (1, "", "stale"),
        (2, "/category", "enum"),
        (2, "/extra", "additionalProperties"),
    ]
    assert "it is at revision 1, you began with 3" in errors[0]["message"]
    assert (Provider.objects.count(), Builder.objects.count(), newest("providers/cms/sanity").number) == (1, 0, 1)


def test_item_with_many_problems_names_the_first_of_them() -> None:
    worst = {f"member-{number}": 1 for number in range(300)}

    answer = send(writer(), "POST", BULK, bulk(item("builder", worst), item("builder", {**builder_document(), "x": 1})))
    shape = send(writer(), "POST", BULK, bulk(worst, item("builder", {})))

    errors = answer.json()["errors"]
    assert [error["index"] for error in errors] == [*[0] * 21, 1]
    assert (errors[20]["code"], errors[20]["message"]) == ("more", "There are 285 more problems.")
    assert len(shape.json()["errors"]) == 200


def test_what_the_caller_may_not_write_is_named() -> None:
    cms_only = program_of(person_with("Editor"), "entries:write", provider_types=["cms"])

    answer = send(
        cms_only, "POST", BULK, bulk(item("provider", provider_document()), item("builder", builder_document()))
    )

    errors = answer.json()["errors"]
    assert [(error["index"], error["code"], error["message"]) for error in errors] == [
        (1, "permission", "You may only change CMS providers.")
    ]
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (bulk(), (400, [("/items", "minItems")])),
        (bulk(*[item("provider", {})] * 501), (400, [("/items", "maxItems")])),
        (bulk(1), (400, [("/items/0", "type")])),
        (bulk(item("service", {})), (400, [("/items/0/kind", "enum")])),
        (bulk(item("provider", [])), (400, [("/items/0/document", "type")])),
        (bulk(item("provider", {}, -1)), (400, [("/items/0/expected_revision", "minimum")])),
        (bulk(item("provider", {}, "1")), (400, [("/items/0/expected_revision", "type")])),
        (bulk(item("provider", {}, 2**40)), (400, [("/items/0/expected_revision", "maximum")])),
        (bulk({"kind": "provider", "document": {}}), (400, [("/items/0/expected_revision", "required")])),
        (bulk(item("provider", {}), extra=1), (400, [("/extra", "additionalProperties")])),
        ({"items": [item("provider", {})]}, (400, [("/change_note", "required")])),
        (bulk(item("provider", provider_document()), note="\t"), (422, [])),
        ([], (400, [("", "type")])),
    ],
)
def test_wrong_body_is_refused(body: Any, expected: Any) -> None:
    assert refusal(send(writer(), "POST", BULK, body)) == expected
    assert not Provider.objects.exists()

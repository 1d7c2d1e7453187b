"""Programs deprecate, disable, remove and bring back; the rules of the admin hold."""

from typing import Any

import pytest

from catalog.models import Revision
from tests.catalog.api.write.programs import SANITY_AT, newest, refusal, send, writer
from tests.factories import SANITY, provider_document, save, stack_document

pytestmark = pytest.mark.django_db
AT = f"{SANITY_AT}/lifecycle"
KEY = "providers/cms/sanity"
DEPRECATED = {"state": "deprecated", "since": "2026-11-01", "reason": "Old", "replacement": "providers/cms/decap"}


def test_entry_goes_through_its_life_as_drafts() -> None:
    save("provider", SANITY)
    save("provider", provider_document())
    client = writer()

    steps: list[dict[str, Any]] = [
        DEPRECATED,
        {"state": "disabled", "since": "2026-11-02", "reason": "Broken", "change_note": "Since the outage"},
        {"state": "removed", "since": "2026-11-03", "reason": "Gone"},
        {"state": "active", "change_note": "It is back"},
    ]
    answers = [send(client, "POST", AT, step, If_Match=f'"{number}"') for number, step in enumerate(steps, start=1)]

    assert [(answer.status_code, answer.headers["ETag"]) for answer in answers] == [
        (200, '"2"'),
        (200, '"3"'),
        (200, '"4"'),
        (200, '"5"'),
    ]
    assert [answer.json()["document"].get("lifecycle") for answer in answers] == [
        DEPRECATED,
        {"state": "disabled", "since": "2026-11-02", "reason": "Broken"},
        {"state": "removed", "since": "2026-11-03", "reason": "Gone"},
        None,
    ]
    notes = Revision.objects.filter(entry_key=KEY).order_by("number").values_list("change_note", "source")
    assert list(notes)[1:] == [
        ("Deprecated: Old", "api"),
        ("Since the outage", "api"),
        ("Removed: Gone", "api"),
        ("It is back", "api"),
    ]


def test_nothing_different_is_no_revision() -> None:
    save("provider", SANITY)

    same = send(writer(), "POST", AT, {"state": "active", "change_note": "x"}, If_Match='"1"')

    assert (same.json()["outcome"], same.headers["ETag"]) == ("unchanged", '"1"')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, [("/state", "required")])),
        ({"state": "gone"}, (400, [("/state", "enum")])),
        ({"state": "deprecated"}, (422, [("/reason", "refused")])),
        ({"state": "active"}, (422, [("/change_note", "refused")])),
        ({"state": "active", "reason": "x"}, (422, [("/state", "refused")])),
        ({"state": "disabled", "reason": "x", "since": "yesterday"}, (400, [("/since", "format")])),
        ({"state": "disabled", "reason": "x", "since": "1999-01-01"}, (422, [("/since", "refused")])),
        ({"state": "disabled", "reason": "x", "replacement": KEY}, (422, [("/replacement", "refused")])),
        ({"state": "disabled", "reason": "x", "replacement": "none"}, (422, [("/replacement", "refused")])),
        ({"state": "removed", "reason": "x"}, (409, [])),
    ],
)
def test_wrong_lifecycle_is_refused_at_its_member(body: Any, expected: Any) -> None:
    save("provider", SANITY)
    save("stack", stack_document(providers={"cms": ["sanity"]}))

    answer = send(writer(), "POST", AT, body, If_Match='"1"')

    assert refusal(answer) == expected
    assert newest(KEY).number == 1


def test_stale_caller_is_told_the_current_revision() -> None:
    save("provider", SANITY)

    stale = send(writer(), "POST", AT, DEPRECATED, If_Match='"3"')
    unsaid = send(writer(), "POST", AT, DEPRECATED)

    assert (refusal(stale), stale.headers["ETag"]) == ((412, []), '"1"')
    assert refusal(unsaid) == (428, [])

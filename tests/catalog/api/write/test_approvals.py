"""Programs approve, reject and withdraw; four eyes count a token as its owner."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.models import Approval, AuditRecord
from catalog.models.audit import Verb
from tests.catalog.api.write.programs import (
    SANITY_AT,
    approver,
    entry_at,
    newest,
    person_with,
    program_of,
    refusal,
    send,
    write,
    writer,
)
from tests.factories import SANITY, publish, save

pytestmark = pytest.mark.django_db
KEY = "providers/cms/sanity"


def decide(verb: str, body: Any, number: int = 1, client: Any = None) -> Any:
    return send(client or approver(), "POST", f"{SANITY_AT}/{verb}", body, If_Match=f'"{number}"')


def test_revision_is_approved_and_withdrawn() -> None:
    save("provider", SANITY, approved=False)

    approved = decide("approve", {"number": 1, "comment": "Right"})
    again = decide("approve", {"number": 1})
    withdrawn = decide("withdraw", {"comment": "Not yet"})

    assert (approved.status_code, approved.json()["outcome"], approved.json()["approved_revision"]) == (
        200,
        "approved",
        1,
    )
    assert refusal(again) == (422, [])
    assert (withdrawn.json()["outcome"], withdrawn.json()["approved_revision"]) == ("withdrawn", None)
    decisions = Approval.objects.order_by("pk").values_list("decision", "decided_by__username", "comment")
    assert list(decisions) == [("approved", "approver", "Right"), ("withdrawn", "approver", "Not yet")]
    assert AuditRecord.objects.filter(verb=Verb.APPROVED, by__username="approver").count() == 1


def test_revision_is_rejected_with_a_reason() -> None:
    save("provider", SANITY, approved=False)

    unsaid = decide("reject", {"number": 1})
    blank = decide("reject", {"number": 1, "comment": "\n"})
    rejected = decide("reject", {"number": 1, "comment": "Per seat"})
    again = decide("reject", {"number": 1, "comment": "Per seat"})

    assert refusal(unsaid) == (400, [("/comment", "required")])
    assert refusal(blank) == refusal(again) == (422, [])
    assert (rejected.json()["outcome"], rejected.json()["approved_revision"]) == ("rejected", None)


def test_what_is_live_cannot_be_withdrawn() -> None:
    save("provider", SANITY)
    publish()

    assert refusal(decide("withdraw", {})) == (422, [])
    assert entry_at(KEY).is_live


def test_only_the_newest_that_was_looked_at_is_decided() -> None:
    save("provider", SANITY)
    save("provider", {**SANITY, "icon": "x"}, approved=False)

    answers = [
        decide("approve", {"number": 1}, number=1),
        decide("approve", {"number": 1}, number=2),
        decide("approve", {"number": 10**9 * 3}, number=2),
        decide("approve", {"number": "2"}, number=2),
        decide("approve", {}, number=2),
        decide("approve", {"number": 2, "comment": "x" * 501}, number=2),
        decide("withdraw", {}, number=1),
    ]

    assert [refusal(answer) for answer in answers] == [
        (412, []),
        (422, []),
        (400, [("/number", "maximum")]),
        (400, [("/number", "type")]),
        (400, [("/number", "required")]),
        (400, [("/comment", "maxLength")]),
        (412, []),
    ]
    approved = entry_at(KEY).approved_revision
    assert approved is not None
    assert approved.number == 1


def test_four_eyes_see_the_owner_behind_a_token(settings: Settings) -> None:
    settings.REGISTRY_FOUR_EYES = True
    both = person_with("Editor", "Approver", name="both")
    program = program_of(both, "entries:read", "entries:write")
    other_token = program_of(both, "entries:approve")
    save("provider", SANITY)
    send(program, "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"1"')

    own = decide("approve", {"number": 2}, number=2, client=other_token)
    signed_in = Client()
    signed_in.force_login(both)
    own_session = decide("approve", {"number": 2}, number=2, client=signed_in)
    by_another = decide("approve", {"number": 2}, number=2)

    assert refusal(own) == refusal(own_session) == (422, [])
    assert "You are an author" in own.json()["detail"]
    assert by_another.status_code == 200
    assert newest(KEY).number == 2


def test_writer_may_not_approve_and_approver_may_not_write() -> None:
    save("provider", SANITY, approved=False)

    assert refusal(decide("approve", {"number": 1}, client=writer())) == (403, [])
    assert refusal(send(approver(), "PATCH", SANITY_AT, write({"icon": "x"}), If_Match='"1"')) == (403, [])

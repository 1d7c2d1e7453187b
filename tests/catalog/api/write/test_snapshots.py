"""Publish and roll back through the API, with a worker that runs at once."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from catalog.models import AuditRecord, Snapshot
from catalog.models.audit import Verb
from catalog.publishing import publish as publishing
from tests.catalog.api.write.programs import (
    SANITY_AT,
    SNAPSHOTS,
    approver,
    publisher,
    refusal,
    send,
    write,
    writer,
)
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db
COST = {"monthly_cost_range": [70, 300]}


@pytest.fixture
def worked(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    """Sends a POST and lets the worker do what it asked for before the answer is looked at."""

    def act(address: str, body: Any = None, **headers: str) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return send(publisher(), "POST", address, body, **headers)

    return act


def test_change_is_written_approved_published_and_taken_back(worked: Any) -> None:
    save("provider", SANITY)
    publish()
    public = Client()

    send(writer(), "PATCH", SANITY_AT, write(COST, "New price list"), If_Match='"1"')
    send(approver(), "POST", f"{SANITY_AT}/approve", {"number": 2}, If_Match='"2"')
    asked = worked(SNAPSHOTS, {"note": "Prices of autumn"})
    status = publisher().get(asked.headers["Location"])
    live = public.get(SANITY_AT).json()
    back = worked(f"{SNAPSHOTS}/1/rollback", {"reason": "Wrong prices"})
    status_back = publisher().get(back.headers["Location"])

    assert (asked.status_code, asked.json()["state"], asked.json()["note"]) == (202, "pending", "Prices of autumn")
    assert {name: status.json()[name] for name in ("state", "serial", "failure_reason", "requested_by")} == {
        "state": "live",
        "serial": 2,
        "failure_reason": "",
        "requested_by": "publisher",
    }
    assert status.headers["Cache-Control"] == "no-store"
    assert (live["monthly_cost_range"], live["serial"]) == ([70, 300], 2)
    assert (back.status_code, back.json()["rolled_back_to"], status_back.json()["serial"]) == (202, 1, 3)
    assert public.get(SANITY_AT).json()["monthly_cost_range"] == [65, 280]
    verbs = AuditRecord.objects.filter(by__username="publisher").order_by("pk").values_list("verb", flat=True)
    assert {Verb.PUBLISH_REQUESTED, Verb.ROLLBACK_REQUESTED} <= set(verbs)


def test_dry_run_tells_the_plan_and_does_nothing() -> None:
    save("provider", SANITY)
    save("builder", builder_document())
    publish()
    save("provider", {**SANITY, **COST})
    save("provider", provider_document())
    save("builder", builder_document(lifecycle={"state": "removed", "reason": "Gone", "since": "2026-01-01"}))
    client = publisher()

    plan = send(client, "POST", f"{SNAPSHOTS}?dry_run=true").json()
    first = send(client, "POST", f"{SNAPSHOTS}?dry_run=true&limit=2").json()
    second = send(client, "POST", f"{SNAPSHOTS}?dry_run=true&limit=2&cursor={first['next_cursor']}").json()

    assert plan["counts"] == {"added": 1, "changed": 1, "removed": 1}
    assert [(one["key"], one["verb"], one["old_revision"], one["new_revision"]) for one in plan["changes"]] == [
        ("builders/hugo", "removed", 1, 2),
        ("providers/cms/decap", "added", None, 1),
        ("providers/cms/sanity", "changed", 1, 2),
    ]
    assert plan["changes"][2]["differences"] == [
        {"path": "/monthly_cost_range", "before": [65, 280], "after": [70, 300]}
    ]
    assert (plan["is_mass_change"], plan["problems"], plan["next_cursor"]) == (False, [], None)
    assert (first["next_cursor"], first["plan"], first["counts"]) == (
        "providers/cms/decap",
        plan["plan"],
        plan["counts"],
    )
    assert [one["key"] for one in second["changes"]] == ["providers/cms/sanity"]
    assert Snapshot.objects.count() == 1


def test_plan_that_was_seen_is_published_or_nothing() -> None:
    save("provider", SANITY)
    seen = send(publisher(), "POST", f"{SNAPSHOTS}?dry_run=true").json()["plan"]
    save("provider", provider_document())

    changed = send(publisher(), "POST", SNAPSHOTS, {"plan": seen})
    now = send(publisher(), "POST", f"{SNAPSHOTS}?dry_run=true").json()["plan"]
    asked = send(publisher(), "POST", SNAPSHOTS, {"plan": now})

    assert refusal(changed) == (409, [])
    assert asked.status_code == 202


def test_problems_are_told_by_a_dry_run_and_refused_by_a_publish() -> None:
    save("builder", builder_document(), approved=False)
    save("stack", stack_document(builder="hugo"))

    plan = send(publisher(), "POST", f"{SNAPSHOTS}?dry_run=true")
    asked = send(publisher(), "POST", SNAPSHOTS)

    assert plan.status_code == 200
    assert [(one["key"], one["path"], one["code"]) for one in plan.json()["problems"]] == [
        ("stacks/foundation/marketing", "/builder", "reference")
    ]
    assert refusal(asked) == (422, [("/builder", "reference")])
    assert not Snapshot.objects.exists()


def test_mass_change_is_refused_until_it_is_confirmed(settings: Settings, worked: Any) -> None:
    settings.REGISTRY_MASS_CHANGE_PERCENT = 10
    for number in range(6):
        save("provider", provider_document(f"cms-{number}"))
    publish()
    for number in range(6):
        save("provider", provider_document(f"cms-{number}", icon="x"))

    plan = send(publisher(), "POST", f"{SNAPSHOTS}?dry_run=true").json()
    refused = worked(SNAPSHOTS, {"note": "All icons"})
    asked = worked(SNAPSHOTS, {"note": "All icons", "confirm_mass_change": True})

    assert plan["is_mass_change"] is True
    assert refusal(refused) == (422, [("/confirm_mass_change", "mass_change")])
    assert '"confirm_mass_change": true' in refused.json()["errors"][0]["message"]
    assert (asked.status_code, Snapshot.objects.filter(state="live").count()) == (202, 1)


def test_nothing_to_do_and_what_waits_are_conflicts() -> None:
    save("provider", SANITY)
    publish()
    nothing = send(publisher(), "POST", SNAPSHOTS)
    nothing_back = send(publisher(), "POST", f"{SNAPSHOTS}/1/rollback", {"reason": "x"})
    save("provider", provider_document())

    asked = send(publisher(), "POST", SNAPSHOTS)
    waiting = send(publisher(), "POST", SNAPSHOTS)

    assert refusal(nothing) == refusal(nothing_back) == refusal(waiting) == (409, [])
    assert "nothing to publish" in nothing.json()["detail"]
    assert asked.status_code == 202


def test_rollback_can_be_tried_first(worked: Any) -> None:
    save("provider", SANITY)
    publish()
    save("provider", {**SANITY, **COST})
    save("provider", provider_document())
    publish()

    plan = send(publisher(), "POST", f"{SNAPSHOTS}/1/rollback?dry_run=true").json()
    asked = worked(f"{SNAPSHOTS}/1/rollback", {"reason": "Wrong", "plan": plan["plan"]})

    assert [(one["key"], one["verb"]) for one in plan["changes"]] == [
        ("providers/cms/decap", "removed"),
        ("providers/cms/sanity", "changed"),
    ]
    assert plan["is_mass_change"] is False
    assert asked.status_code == 202


@pytest.mark.parametrize(
    ("address", "body", "expected"),
    [
        (SNAPSHOTS, {"note": 5}, (400, [("/note", "type")])),
        (SNAPSHOTS, {"note": "x" * 501}, (400, [("/note", "maxLength")])),
        (SNAPSHOTS, {"confirm_mass_change": "true"}, (400, [("/confirm_mass_change", "type")])),
        (SNAPSHOTS, {"plan": "x"}, (400, [("/plan", "pattern")])),
        (SNAPSHOTS, {"extra": 1}, (400, [("/extra", "additionalProperties")])),
        (SNAPSHOTS, [], (400, [("", "type")])),
        (f"{SNAPSHOTS}?dry_run=yes", {}, (400, [("/dry_run", "choice")])),
        (f"{SNAPSHOTS}?dry=true", {}, (400, [("/dry", "unknown_parameter")])),
        (f"{SNAPSHOTS}?limit=5", {}, (422, [("/limit", "dry_run_only")])),
        (f"{SNAPSHOTS}?dry_run=true&limit=x", {}, (400, [("/limit", "range")])),
        (f"{SNAPSHOTS}?dry_run=true&cursor={'x' * 200}", {}, (400, [("/cursor", "cursor")])),
        (f"{SNAPSHOTS}/1/rollback", {}, (422, [("/reason", "required")])),
        (f"{SNAPSHOTS}/1/rollback", {"reason": " \n"}, (422, [("/reason", "refused")])),
        (f"{SNAPSHOTS}/9/rollback", {"reason": "x"}, (404, [])),
        (f"{SNAPSHOTS}/9/rollback?dry_run=true", {}, (404, [])),
        (f"{SNAPSHOTS}/{'9' * 30}/rollback", {"reason": "x"}, (404, [])),
        (f"{SNAPSHOTS}/0/rollback", {"reason": "x"}, (404, [])),
    ],
)
def test_wrong_request_is_refused(address: str, body: Any, expected: Any) -> None:
    save("provider", SANITY)
    publish()

    assert refusal(send(publisher(), "POST", address, body)) == expected
    assert Snapshot.objects.count() == 1


def test_request_that_is_not_there_is_not_found() -> None:
    client = publisher()

    assert [refusal(client.get(f"{SNAPSHOTS}/requests/{pk}"))[0] for pk in (7, "x", "9" * 30)] == [404] * 3


def test_failed_publish_says_why(worked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    save("provider", SANITY)

    def fail(*args: Any, **options: Any) -> None:
        raise publishing.PublishError("The store is full.")

    monkeypatch.setattr(publishing, "_run", fail)
    asked = worked(SNAPSHOTS)
    status = publisher().get(asked.headers["Location"]).json()

    assert (asked.status_code, status["state"], status["failure_reason"]) == (202, "failed", "The store is full.")

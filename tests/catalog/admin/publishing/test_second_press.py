"""Who presses Publish twice comes to the publish of the first press, wherever that is by then."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.actions.snapshots import request_rollback
from catalog.models import AuditRecord, Snapshot
from catalog.publishing.lease import claim, fail
from catalog.publishing.publish import run_publish
from tests.catalog.admin.pages import PUBLISH, SNAPSHOTS, Browsers, messages
from tests.factories import SANITY, outlet, provider_document, publish, save

pytestmark = pytest.mark.django_db
ALREADY = "You have asked for this already; this is what became of it."
NOTHING = "There is nothing to publish: everything that is approved is live."


def press(client: Client, plan: str) -> Any:
    return client.post(PUBLISH, {"plan": plan, "note": "Prices"}, follow=True)


def shown(client: Client) -> str:
    digest: str = client.get(PUBLISH).context["digest"]
    return digest


def pressed_once(client: Client) -> tuple[str, Snapshot]:
    """The plan that was on the page, and what one press of its button made."""
    save("provider", SANITY)
    plan = shown(client)
    press(client, plan)
    return plan, Snapshot.objects.latest("pk")


def refusals() -> int:
    return AuditRecord.objects.filter(verb="refused").count()


def receipt_of(answer: Any) -> str:
    headline: str = answer.context["receipt"].headline
    return headline


def test_second_press_while_it_is_published_leads_to_its_page(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    claim(snapshot.pk)

    again = press(browsers["publisher"], plan)

    assert again.redirect_chain == [(f"{SNAPSHOTS}{snapshot.pk}/change/", 302)]
    assert messages(again) == ["All of this is being published right now; it will be live in a moment."]
    assert (again.context["receipt"].is_running, Snapshot.objects.count(), refusals()) == (True, 1, 0)


def test_second_press_after_it_is_live_leads_to_its_receipt(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    run_publish(snapshot.pk, outlet=outlet())

    again = press(browsers["publisher"], plan)

    assert again.redirect_chain == [(f"{SNAPSHOTS}{snapshot.pk}/change/", 302)]
    assert (messages(again), receipt_of(again)) == ([ALREADY], "Serial 1 is live")
    assert (Snapshot.objects.count(), refusals()) == (1, 0)


def test_second_press_leads_to_the_receipt_though_more_is_approved_by_then(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    run_publish(snapshot.pk, outlet=outlet())
    save("provider", provider_document("decap"))

    again = press(browsers["publisher"], plan)

    assert again.redirect_chain == [(f"{SNAPSHOTS}{snapshot.pk}/change/", 302)]
    assert (messages(again), receipt_of(again), Snapshot.objects.count()) == ([ALREADY], "Serial 1 is live", 1)


def test_press_of_somebody_else_after_it_is_live_finds_nothing_to_publish(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    run_publish(snapshot.pk, outlet=outlet())

    other = press(browsers["administrator"], plan)

    assert (other.redirect_chain, other.context["attempt"].message) == ([], NOTHING)


def test_press_of_a_page_of_another_plan_finds_nothing_to_publish(browsers: Browsers) -> None:
    _, snapshot = pressed_once(browsers["publisher"])
    run_publish(snapshot.pk, outlet=outlet())

    answer = press(browsers["publisher"], shown(browsers["publisher"]))

    assert (answer.redirect_chain, answer.context["attempt"].message) == ([], NOTHING)


def test_press_after_a_failure_asks_again(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    claim(snapshot.pk)
    fail(snapshot.pk, "The store refused.")

    again = press(browsers["publisher"], plan)

    newest = Snapshot.objects.latest("pk")
    assert newest.pk != snapshot.pk
    assert (again.redirect_chain, messages(again)) == ([(f"{SNAPSHOTS}{newest.pk}/change/", 302)], [])


def test_failed_attempt_is_not_led_to_when_somebody_else_has_published_it(browsers: Browsers) -> None:
    plan, snapshot = pressed_once(browsers["publisher"])
    claim(snapshot.pk)
    fail(snapshot.pk, "The store refused.")
    publish()

    again = press(browsers["publisher"], plan)

    assert (again.redirect_chain, again.context["attempt"].message) == ([], NOTHING)


def test_rollback_of_the_same_person_is_not_taken_for_the_first_press(browsers: Browsers) -> None:
    save("provider", provider_document("decap"))
    publish()
    plan, snapshot = pressed_once(browsers["publisher"])
    run_publish(snapshot.pk, outlet=outlet())
    person = User.objects.get(username="publisher")
    back = request_rollback(serial=1, by=person, reason="Too early", in_background=False)
    run_publish(back.pk, outlet=outlet())

    again = press(browsers["publisher"], plan)

    newest = Snapshot.objects.latest("pk")
    assert again.redirect_chain == [(f"{SNAPSHOTS}{newest.pk}/change/", 302)]
    assert newest.pk not in (snapshot.pk, back.pk)

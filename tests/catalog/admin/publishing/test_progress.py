"""How a publish stands, in words: waiting, running, failed, live, seen by readers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from catalog.actions.snapshots import request_snapshot
from catalog.models import Heartbeat, Snapshot
from catalog.publishing.publish import UNEXPECTED
from tests.catalog.admin.pages import SNAPSHOTS, Browsers
from tests.factories import SANITY, provider_document, publish, save

pytestmark = pytest.mark.django_db
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def waiting(browsers: Browsers) -> Snapshot:
    save("provider", SANITY)
    return request_snapshot(by=None, in_background=False)


def change(snapshot: Snapshot, **columns: Any) -> None:
    Snapshot.objects.filter(pk=snapshot.pk).update(**columns)


def progress(browsers: Browsers, snapshot: Snapshot) -> dict[str, Any]:
    answer = browsers["editor"].get(f"{SNAPSHOTS}{snapshot.pk}/progress/")
    assert "no-store" in answer.headers["Cache-Control"]
    told: dict[str, Any] = answer.json()
    return told


def test_request_that_waits_says_so_and_after_a_while_why(browsers: Browsers, waiting: Snapshot) -> None:
    assert progress(browsers, waiting) == {
        "state": "pending",
        "headline": "Waiting to start",
        "detail": "It starts in a moment.",
        "advice": "",
        "seconds": 0,
        "running": True,
        "is_seen": False,
        "next_look": 1,
    }
    change(waiting, requested_at=timezone.now() - timedelta(minutes=2))
    assert progress(browsers, waiting)["advice"].startswith("No worker was heard of lately.")
    Heartbeat.objects.create(name="worker", beat_at=timezone.now())
    told = progress(browsers, waiting)
    assert (told["detail"], told["advice"]) == ("A worker is running and takes this next.", "")


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("", "It has begun."),
        ("checks: 1,200", "Checking what changes: 1,200 done."),
        ("objects: 3", "Writing the new files; readers see nothing of it yet: 3 done."),
        ("copies: 3", "Readers have it; bringing the files at fixed addresses up to date: 3 done."),
        (f"{ATTACK}: 1", f"{ATTACK}: 1 done."),
    ],
)
def test_publish_that_runs_says_what_is_being_done(kept: str, said: str, browsers: Browsers, waiting: Snapshot) -> None:
    now = timezone.now()
    change(waiting, state="publishing", progress=kept, beat_at=now, started_at=now - timedelta(seconds=7))

    told = progress(browsers, waiting)

    assert (told["headline"], told["detail"], told["seconds"], told["running"]) == ("Publishing", said, 7, True)
    assert ATTACK not in browsers["editor"].get(f"{SNAPSHOTS}{waiting.pk}/change/").content.decode()


def test_trouble_after_the_commit_is_told_while_it_is_tried_again(browsers: Browsers, waiting: Snapshot) -> None:
    change(waiting, state="publishing", beat_at=timezone.now(), failure_reason="The disk is full.")

    assert progress(browsers, waiting)["advice"] == "The disk is full. It is tried again by itself."


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        (UNEXPECTED, "Publish again; if it fails again, tell whoever runs the registry"),
        ("Nothing was published; this has to be put right first:\nproviders/cms/a: no", "Correct the entries"),
        ("Nothing is left to publish: all of it is live already.", "There is nothing to do"),
        ("Serial 1 was collected as garbage. Available: 2.", "Choose one of the serials"),
        (f"The store does not answer. {ATTACK}", "Wait a minute and publish again"),
    ],
)
def test_failed_publish_says_what_to_do(reason: str, advice: str, browsers: Browsers, waiting: Snapshot) -> None:
    change(waiting, state="failed", failure_reason=reason, finished_at=timezone.now())

    told = progress(browsers, waiting)
    page = browsers["editor"].get(f"{SNAPSHOTS}{waiting.pk}/change/").content.decode()

    assert (told["headline"], told["detail"], told["next_look"]) == ("This publish failed", reason, 0)
    assert told["advice"].startswith(f"Readers still get what was live before. {advice}")
    assert ("progress.js" in page, ATTACK in page) == (False, False)


def test_live_snapshot_is_looked_after_until_readers_see_it(browsers: Browsers, settings: Settings) -> None:
    save("provider", SANITY)
    snapshot = publish()
    page = f"{SNAPSHOTS}{snapshot.pk}/change/"

    told = progress(browsers, snapshot)
    assert (told["headline"], told["running"], told["next_look"]) == ("Serial 1 is live", False, 5)
    assert "not seen yet; this takes a few minutes at most" in browsers["editor"].get(page).content.decode()
    change(snapshot, finished_at=timezone.now() - timedelta(minutes=6))
    assert progress(browsers, snapshot)["advice"].startswith("Readers should have seen it within five minutes.")
    change(snapshot, finished_at=timezone.now() - timedelta(hours=1))
    assert progress(browsers, snapshot)["next_look"] == 0
    change(snapshot, cdn_visible_at=timezone.now())
    told = progress(browsers, snapshot)
    assert (told["is_seen"], told["next_look"], told["advice"]) == (True, 0, "")


def test_replaced_snapshot_says_so(browsers: Browsers, settings: Settings) -> None:
    save("provider", SANITY)
    snapshot = publish()
    save("provider", provider_document("decap"))
    publish()
    settings.REGISTRY_PUBLIC_URL = ""

    told = progress(browsers, snapshot)

    assert (told["headline"], told["next_look"]) == ("Serial 1 was replaced by a later one", 0)
    page = browsers["editor"].get(f"{SNAPSHOTS}{snapshot.pk}/change/").content.decode()
    assert "not checked, since no public address is set" in page


def test_progress_of_nothing_is_not_found(browsers: Browsers) -> None:
    assert browsers["editor"].get(f"{SNAPSHOTS}999/progress/").status_code == 404

"""`GET /status`: serials, lag, what waits; the same numbers as the metrics."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from catalog.actions.snapshots import request_snapshot
from catalog.models import Invalidation, LiveEntry, Snapshot
from catalog.publishing.delivery import confirm_visible
from catalog.publishing.lease import claim, fail, note_worker
from catalog.publishing.stores.configured import open_store
from tests.catalog.api.access.people import bearer, person, token_of
from tests.factories import builder_document, provider_document, publish, save

pytestmark = pytest.mark.django_db
STATUS = "/api/v1/status"


def status(client: Client, **headers: Any) -> dict[str, Any]:
    answer = client.get(STATUS, **headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    body: dict[str, Any] = answer.json()
    return body


def read_store(path: str) -> bytes | None:
    stored = open_store().get(path)
    return stored.content if stored else None


def test_registry_that_has_published_nothing(client: Client) -> None:
    assert status(client) == {
        **dict.fromkeys(("database_serial", "live_serial", "public_serial", "index_serial")),
        "index": "database",
        "index_lag_seconds": 0.0,
        "lag_seconds": 0.0,
        "pending_publishes": 0,
        "pending_invalidations": 0,
        **dict.fromkeys(("pointer_expires_at", "worker_heard_at", "worker_silent_seconds")),
        "warnings": [],
    }


def test_life_of_a_publish(client: Client) -> None:
    save("provider", provider_document())
    publish()
    confirm_visible(read_store)
    note_worker()
    first = status(client)
    save("builder", builder_document())
    waiting = request_snapshot(by=None, note="", in_background=False, confirm_mass_change=True)
    waits = status(client)
    claim(waiting.pk)
    fail(waiting.pk, "No disk")
    publish()
    Snapshot.objects.filter(state="live").update(finished_at=timezone.now() - timedelta(minutes=3))
    unseen = status(client)
    confirm_visible(read_store)
    seen = status(client)

    serials = ("database_serial", "live_serial", "public_serial", "index_serial", "pending_publishes")
    told = [[each[name] for name in serials] for each in (first, waits, unseen, seen)]
    assert told == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [2, 2, 1, 2, 0], [2, 2, 2, 2, 0]]
    assert (first["lag_seconds"], seen["lag_seconds"]) == (0.0, 0.0)
    assert 180 <= unseen["lag_seconds"] < 300
    assert 0 <= first["worker_silent_seconds"] < 60
    assert first["pointer_expires_at"] > first["worker_heard_at"]


def test_invalidations_that_wait_are_counted(client: Client) -> None:
    save("provider", provider_document())
    publish()

    assert status(client)["pending_invalidations"] == Invalidation.objects.exclude(state="done").count()


def test_without_a_public_address_nobody_lags(client: Client, settings: Settings) -> None:
    settings.REGISTRY_PUBLIC_URL = ""
    save("provider", provider_document())
    publish()

    found = status(client)

    assert (found["live_serial"], found["public_serial"], found["lag_seconds"]) == (1, None, 0.0)


def test_index_that_is_behind_is_told(client: Client) -> None:
    save("provider", provider_document("one"))
    publish()
    save("provider", provider_document("two"))
    publish()
    assert status(client)["index_serial"] == 2

    LiveEntry.objects.filter(serial=2).delete()

    assert status(client)["index_serial"] == 1


def test_publish_that_only_removes_leaves_no_index_behind(client: Client) -> None:
    save("provider", provider_document("one"))
    save("provider", provider_document("two"))
    publish()
    removed = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    save("provider", provider_document("two", lifecycle=removed))
    publish()

    assert status(client)["index_serial"] == 2


def test_warnings_are_for_who_may_read_entries(client: Client) -> None:
    save("provider", provider_document())
    publish()
    Snapshot.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    text = token_of(person("Viewer"))

    assert status(client)["warnings"] == []
    (warning,) = status(client, **bearer(text))["warnings"]
    assert warning.startswith("The pointer expired on ")


def test_queries_stay_the_same(client: Client, django_assert_num_queries: Any) -> None:
    for number in range(3):
        save("provider", provider_document(f"provider-{number}"))
        publish()
        with django_assert_num_queries(5):
            client.get(STATUS)


def test_status_knows_no_parameters_and_no_writes(client: Client) -> None:
    assert client.get(f"{STATUS}?a=b").status_code == 400
    answer = client.post(STATUS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_status_needs_a_token_where_reading_does(client: Client, settings: Settings) -> None:
    settings.REGISTRY_API_PUBLIC = False

    assert client.get(STATUS).status_code == 401
    assert client.get(STATUS, **bearer(token_of(person("Viewer")))).status_code == 200
    assert User.objects.count() == 1

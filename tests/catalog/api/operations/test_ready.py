"""`/readyz`: names what does not answer, within its time, and tells no secrets."""

import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from catalog.api.operations import ready
from catalog.api.operations.ready import SILENT, Probe, try_broker, try_database, try_store
from catalog.publishing.stores.base import StoreError
from registry_site.env import StoreAddress
from tests.factories import provider_document, publish, save

READY = {"ready": True, "checks": {name: {"ok": True} for name in ("database", "broker", "store")}}


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept from another test."""
    monkeypatch.setattr(ready, "KEPT_SECONDS", 0.0)


def probe(monkeypatch: pytest.MonkeyPatch, **checks: Any) -> None:
    real = {"database": lambda: None, "broker": lambda: None, "store": lambda: None}
    monkeypatch.setattr(ready, "PROBE", Probe({**real, **checks}))


def fail(error: Exception) -> Any:
    def check() -> None:
        raise error

    return check


@pytest.mark.django_db
def test_registry_that_has_everything_is_ready(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, READY)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("database", OperationalError("connection to postgres://user:s3cret@10.0.0.7 failed")),
        ("broker", ConnectionRefusedError("redis://:s3cret@broker")),
        ("store", StoreError("Could not read current.json in s3://s3cret/: AccessDenied")),
    ],
)
def test_what_fails_is_named_and_the_reason_is_in_the_log_only(
    name: str, error: Exception, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    probe(monkeypatch, **{name: fail(error)})

    answer = client.get("/readyz")

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/json")
    assert answer.json() == {
        "ready": False,
        "checks": {**READY["checks"], name: {"ok": False, "problem": "it cannot be used"}},  # type: ignore[dict-item]
    }
    assert "s3cret" not in answer.content.decode()
    assert [record.name for record in caplog.records if str(error) in record.getMessage()] == [ready.__name__]


def test_what_hangs_is_named_in_time_and_not_tried_again_meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "TIMEOUT_SECONDS", 0.05)
    released, tried = threading.Event(), []

    def hang() -> None:
        tried.append(1)
        released.wait(10)

    probe(monkeypatch, broker=hang)
    began = time.monotonic()

    answers = [client.get("/readyz").json()["checks"]["broker"] for _ in range(3)]
    took = time.monotonic() - began

    assert answers == [{"ok": False, "problem": SILENT}] * 3
    assert (len(tried), took < 5) == (1, True)
    monkeypatch.setattr(ready, "TIMEOUT_SECONDS", 5.0)
    released.set()
    assert client.get("/readyz").status_code == 200


def test_what_came_back_late_tells_nothing_of_now(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "TIMEOUT_SECONDS", 0.05)
    released, back = threading.Event(), threading.Event()

    def hang_once_and_fail() -> None:
        if released.is_set():
            raise ConnectionRefusedError
        released.wait(10)
        back.set()

    probe(monkeypatch, broker=hang_once_and_fail)
    client.get("/readyz")
    released.set()
    back.wait(10)
    time.sleep(0.05)
    monkeypatch.setattr(ready, "TIMEOUT_SECONDS", 5.0)

    assert client.get("/readyz").json()["checks"]["broker"] == {"ok": False, "problem": "it cannot be used"}


@pytest.mark.django_db
def test_store_that_has_lost_what_is_live_is_noticed(settings: Settings, tmp_path: Path) -> None:
    try_store()
    save("provider", provider_document())
    publish()
    try_store()

    settings.REGISTRY_STORE = StoreAddress(folder=tmp_path / "not mounted")

    with pytest.raises(StoreError, match="is gone"):
        try_store()


def test_answer_is_kept_for_a_moment(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "KEPT_SECONDS", 60.0)
    tried: list[int] = []
    probe(monkeypatch, store=lambda: tried.append(1))

    assert {client.get("/readyz").status_code for _ in range(10)} == {200}
    assert len(tried) == 1


def test_readiness_is_told_under_any_host_and_without_tls(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe(monkeypatch)
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["registry.example.com"], True

    assert client.get("/readyz", headers={"Host": "10.0.0.7"}).status_code == 200
    assert (client.head("/readyz").status_code, client.post("/readyz").status_code) == (200, 405)
    assert client.get("/readyz/").status_code != 200


@pytest.mark.django_db
def test_each_check_tries_the_real_thing(settings: Settings, tmp_path: Path) -> None:
    for check in (try_database, try_broker, try_store):
        check()

    settings.BROKER_FOLDER = tmp_path / "missing"
    settings.CELERY_BROKER_URL = "filesystem://"
    with pytest.raises(PermissionError):
        try_broker()


def test_broker_that_is_not_there_is_noticed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(ready, "current_app", Celery(broker="redis://127.0.0.1:1/0", set_as_current=False))
    began = time.monotonic()

    with pytest.raises(Exception, match="refused"):
        try_broker()

    assert time.monotonic() - began < 5


def test_nothing_is_logged_while_all_is_well(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    probe(monkeypatch)
    with caplog.at_level(logging.INFO):
        client.get("/readyz")

    assert caplog.records == []

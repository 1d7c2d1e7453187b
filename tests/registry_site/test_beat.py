"""However many clocks are started, one sends."""

import threading
from pathlib import Path
from typing import Any

import pytest
from celery.beat import Scheduler
from django.conf import settings
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from registry_site import beat
from registry_site.beat import LOOK_SECONDS, DatabaseLeadership, FileLeadership, LeadingScheduler, make_leadership
from registry_site.celery import app
from registry_site.schedule import BEAT_SCHEDULE

needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="Needs PostgreSQL: make test-services")


class Told:
    """A leadership that a test gives and takes."""

    held = False

    def is_held(self) -> bool:
        return self.held


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is sent instead of sending it."""
    names: list[str] = []
    monkeypatch.setattr(Scheduler, "apply_async", lambda self, entry, **options: names.append(entry.name))
    return names


def test_one_file_has_one_holder(tmp_path: Path) -> None:
    first, second = FileLeadership(tmp_path / "lock"), FileLeadership(tmp_path / "lock")

    assert (first.is_held(), second.is_held(), first.is_held()) == (True, False, True)
    assert first._file is not None
    first._file.close()
    assert second.is_held()
    assert second._file is not None
    second._file.close()


@needs_postgresql
@pytest.mark.usefixtures("flushable")
def test_one_database_has_one_holder() -> None:
    assert DatabaseLeadership().is_held()

    def ask_elsewhere() -> list[bool]:
        found = [DatabaseLeadership().is_held()]
        # With the connection ends what it holds.
        connection.close()
        return found

    def run() -> bool:
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.extend(ask_elsewhere()))
        thread.start()
        thread.join()
        return found[0]

    assert (run(), DatabaseLeadership().is_held()) == (False, True)
    connection.close()
    assert run()


def test_database_that_is_away_takes_the_lead_away(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Away:
        def cursor(self) -> Any:
            raise OperationalError("gone")

        def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr(beat, "connection", Away())

    with capture_logs() as lines:
        assert not DatabaseLeadership().is_held()
    assert closed == [True]
    assert [line["event"] for line in lines] == ["beat_lost_its_database"]


def test_who_does_not_lead_sends_nothing_and_then_all_that_is_due(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    monkeypatch.setattr(beat, "make_leadership", lambda: told)
    scheduler = LeadingScheduler(app, schedule={}, lazy=True)
    scheduler.add(name="every moment", task="catalog.tasks.forget_answers", schedule=0.0)

    waits = [scheduler.tick()]
    before = list(sent)
    told.held = True
    waits += [scheduler.tick(), scheduler.tick()]
    told.held = False
    waits += [scheduler.tick()]

    assert before == []
    assert set(sent) == {"every moment"}
    assert max(waits) <= LOOK_SECONDS


@pytest.mark.django_db
def test_the_kind_of_lock_is_the_databases() -> None:
    expected = DatabaseLeadership if connection.vendor == "postgresql" else FileLeadership
    assert type(make_leadership()) is expected


def test_what_is_sent_never_waits_longer_than_an_hour() -> None:
    """Beat keeps no file: what it sends once a day would not be sent by one that is restarted twice a day."""
    assert settings.CELERY_BEAT_SCHEDULE is BEAT_SCHEDULE
    assert {name for name, each in BEAT_SCHEDULE.items() if each["schedule"] > 3600.0} == set()

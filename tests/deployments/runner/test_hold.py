"""The thread that keeps a lease: whatever breaks it, the work hears of it."""

import time
from uuid import uuid4

import pytest

from deployments.contract import StoppedError
from deployments.runner import hold
from deployments.runner.hold import Hold, Stop


def wait_for_stop(holding: Hold) -> None:
    end = time.monotonic() + 10
    while holding.stop is None and time.monotonic() < end:
        time.sleep(0.01)


def test_fault_in_it_stops_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(hold, "is_cancelled", lambda *arguments: False)

    def break_down() -> None:
        raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")

    with Hold(uuid4(), uuid4(), seconds=60, beat=break_down) as holding:
        wait_for_stop(holding)

    assert holding.stop == Stop.LOST
    with pytest.raises(StoppedError):
        holding.check()


def test_what_is_put_right_afterwards_is_not_stopped() -> None:
    holding = Hold(uuid4(), uuid4(), seconds=0)
    holding.stop = Stop.LOST

    holding.outlive()

    holding.check()

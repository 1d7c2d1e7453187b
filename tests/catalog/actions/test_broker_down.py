"""With the broker down, a request for a publish stands and the sweep picks it up."""

import pytest
from kombu.exceptions import OperationalError

from catalog.actions.snapshots import request_snapshot
from catalog.models import Provider
from catalog.tasks import publish_snapshot, sweep_publishing
from tests.factories import SANITY, save


@pytest.mark.usefixtures("flushable")
def test_broker_that_is_down_does_not_lose_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("no broker")

    save("provider", SANITY)
    monkeypatch.setattr(publish_snapshot, "apply_async", refuse)

    snapshot = request_snapshot(by=None)

    snapshot.refresh_from_db()
    assert snapshot.state == "pending"
    sweep_publishing()
    snapshot.refresh_from_db()
    assert (snapshot.state, Provider.objects.get().is_live) == ("live", True)

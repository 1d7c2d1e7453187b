"""A CDN that writes down what it was asked, and the rows of what it still has to be told."""

from collections.abc import Sequence

from catalog.models import Invalidation, Snapshot
from catalog.publishing import publish as publishing
from catalog.publishing.cdn import CdnError
from catalog.publishing.outlet import Outlet
from catalog.publishing.publish import run_publish
from catalog.publishing.stores.base import Store
from tests.catalog.publishing.histories import outlive_lease, request
from tests.factories import KEY

URL = "https://registry.test/v1"


class RecordingCdn:
    """Takes requests down; refuses while it has an `error`, and is done with nothing until it `finishes`."""

    def __init__(self, error: CdnError | None = None) -> None:
        self.error, self.finishes = error, True
        self.looking_error: CdnError | None = None
        self.looks = 0
        self.requests: list[tuple[list[str], str]] = []

    def invalidate(self, paths: Sequence[str], *, reference: str) -> str:
        self.requests.append((list(paths), reference))
        if self.error:
            raise self.error
        return f"I{len(self.requests)}"

    def is_done(self, cdn_id: str) -> bool:
        self.looks += 1
        error = self.error or self.looking_error
        if error:
            raise error
        return self.finishes


def rows() -> list[tuple[str, int, str]]:
    """(state, attempts, last error) of every invalidation."""
    return list(Invalidation.objects.values_list("state", "attempts", "last_error"))


def publish_through(store: Store, cdn: RecordingCdn) -> Snapshot:
    snapshot = request()
    run_publish(snapshot.pk, outlet=Outlet(store, URL, [KEY], cdn))
    snapshot.refresh_from_db()
    return snapshot


def sweep(store: Store, cdn: RecordingCdn) -> None:
    outlive_lease()
    publishing.sweep(outlet=Outlet(store, URL, [KEY], cdn))

"""Two steps of one small history, and what tests do between them."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from catalog.actions.snapshots import request_snapshot
from catalog.models import Revision, Snapshot, SnapshotChange
from catalog.publishing import lease
from catalog.publishing import publish as publishing
from catalog.publishing.publish import run_publish
from catalog.publishing.stores.base import Store
from tests.factories import SANITY, builder_document, outlet, provider_document, save, stack_document

PUBLIC_URL = "https://registry.test"
REMOVED = {"state": "removed", "since": "2030-01-01", "reason": "It closed."}
REPLACED = {**REMOVED, "replacement": "providers/cms/sanity"}


def approve_first_step() -> None:
    """Three providers (one with an alias), a builder and a stack."""
    save("builder", builder_document("hugo"))
    save("provider", SANITY)
    save("provider", provider_document("decap", aliases=["providers/cms/netlify_cms"]))
    save("provider", provider_document("tina"))
    save("stack", stack_document("marketing", providers={"cms": ["sanity"]}, builder="hugo"))


def approve_second_step() -> None:
    """One of each: added, changed, removed, replaced; and a stack that needs what is added."""
    save("builder", builder_document("jekyll"))
    save("provider", provider_document("contentful", aliases=["providers/cms/content_ful"]))
    save("provider", {**SANITY, "monthly_cost_range": [99, 300]})
    save("provider", provider_document("tina", lifecycle=REMOVED))
    save("provider", provider_document("decap", lifecycle=REPLACED))
    save("stack", stack_document("marketing", providers={"cms": ["sanity", "contentful"]}, builder="jekyll"))


def request() -> Snapshot:
    """A Snapshot that waits."""
    return request_snapshot(by=None, in_background=False)


def run(snapshot: Snapshot, store: Store) -> Snapshot:
    """Publish it; the Snapshot as it ended."""
    run_publish(snapshot.pk, outlet=outlet(store))
    snapshot.refresh_from_db()
    return snapshot


def outlive_lease() -> None:
    """As if whoever publishes had not been heard of for longer than a lease."""
    silence = lease.LEASE + timedelta(seconds=1)
    Snapshot.objects.filter(beat_at__isnull=False).update(beat_at=timezone.now() - silence)


def sweep(store: Store) -> None:
    """What the beat does once the lease of a dead publisher is over."""
    outlive_lease()
    publishing.sweep(outlet=outlet(store))


def force_revision(snapshot: Snapshot, key: str, **columns: Any) -> Revision:
    """Put a revision that no action would record into a Snapshot that waits."""
    change = SnapshotChange.objects.get(snapshot=snapshot, entry_key=key)
    revision = change.new_revision
    assert revision is not None
    revision.pk, revision.number = None, revision.number + 1
    for name, value in columns.items():
        setattr(revision, name, value)
    revision.save(force_insert=True)
    SnapshotChange.objects.filter(pk=change.pk).update(new_revision=revision)
    return revision


def live_numbers(model: Any) -> dict[str, int]:
    """Key -> number of the live revision."""
    live = model.objects.filter(live_revision__isnull=False)
    return dict(live.values_list("key", F("live_revision__number")))

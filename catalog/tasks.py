"""Celery tasks: three lines each, safe to run twice. The message is a poke; the row says what is to be done."""

from celery import shared_task
from django.conf import settings

from catalog.publishing.publish import publish_waiting, run_publish
from catalog.publishing.stores.configured import open_store


@shared_task
def publish_snapshot(snapshot_id: int) -> None:
    """Publish one Snapshot that was asked for."""
    run_publish(snapshot_id, store=open_store(), public_url=settings.REGISTRY_PUBLIC_URL)


@shared_task
def publish_waiting_snapshots() -> None:
    """Sweep: publish what waits, and finish what a dead worker left."""
    publish_waiting(store=open_store(), public_url=settings.REGISTRY_PUBLIC_URL)

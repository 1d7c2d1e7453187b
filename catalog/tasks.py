"""Celery tasks: three lines each, safe to run twice. The message is a poke; the row says what is to be done."""

import logging

from celery import shared_task

from catalog.publishing.delivery import confirm_visible
from catalog.publishing.lease import note_worker
from catalog.publishing.outlet import open_outlet, read_public
from catalog.publishing.publish import run_publish, sweep
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.stores.base import StoreError

logger = logging.getLogger(__name__)


@shared_task
def publish_snapshot(snapshot_id: int) -> None:
    """Publish one Snapshot that was asked for."""
    run_publish(snapshot_id, outlet=open_outlet())
    confirm_visible(read_public)


@shared_task
def sweep_publishing() -> None:
    """Publish what waits, finish what a dead worker left, tell the CDN, look whether readers see it."""
    note_worker()
    sweep(outlet=open_outlet())
    confirm_visible(read_public)


@shared_task
def refresh_live_pointer() -> None:
    """Renew the pointer when a quarter of its life has passed."""
    try:
        refresh_pointer(open_outlet(), only_if_due=True)
    except StoreError as error:
        logger.warning("the pointer was not refreshed: %s", error)

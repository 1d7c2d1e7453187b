"""Celery tasks: three lines each, safe to run twice. The message is a poke; the row says what is to be done."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from catalog.models import IdempotencyKey
from catalog.publishing.delivery import confirm_visible
from catalog.publishing.lease import note_worker
from catalog.publishing.outlet import open_outlet, read_public
from catalog.publishing.publish import run_publish, sweep
from catalog.publishing.refresh import refresh_pointer
from catalog.publishing.stores.base import StoreError

logger = logging.getLogger(__name__)
ANSWERS_KEPT = timedelta(hours=24)


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


@shared_task
def forget_answers() -> None:
    """Free the keys of requests whose answers need not be given again any more."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()

"""Forgets what webhooks were told long ago, but not that they were: nobody who overheard it may tell it again.

Where a time is signed (any program), or nothing is (GitLab), nothing has to be kept. GitHub signs the body alone.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from deployments.models import Flavour, HookDelivery, SeenSignature

AT_ONCE = 1_000


def forget_deliveries() -> int:
    """How many; what was signed with a secret that is replaced by now needs no memory."""
    before = timezone.now() - timedelta(days=settings.REGISTRY_HOOK_DELIVERY_DAYS)
    old = HookDelivery.objects.filter(at__lt=before).select_related("hook").order_by("pk")
    forgotten = 0
    while rows := list(old[:AT_ONCE]):
        seen = [SeenSignature(hook=row.hook, fingerprint=row.fingerprint) for row in rows if _counts_for_ever(row)]
        with transaction.atomic():
            SeenSignature.objects.bulk_create(seen, ignore_conflicts=True)
            HookDelivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
        forgotten += len(rows)
    return forgotten


def _counts_for_ever(delivery: HookDelivery) -> bool:
    hook = delivery.hook
    is_replaced = hook.rotated_at is not None and hook.rotated_at > delivery.at
    return bool(delivery.fingerprint) and hook.flavour == Flavour.GITHUB and not is_replaced

"""Secrets: set and forget. Nobody reads one back."""

from django.db import transaction
from django.utils import timezone

from deployments.models import Connection, Secret, Service
from deployments.runner.secrets import open_secret, read_keyring, seal


def set_secret(owner: Service | Connection, name: str, value: str) -> None:
    """Keep a value under this name, in place of the one before. Raises KeyringError."""
    with transaction.atomic():
        of = {"service": owner} if isinstance(owner, Service) else {"connection": owner}
        secret = Secret.objects.filter(**of, name=name).first() or Secret(**of, name=name)
        secret.ciphertext = seal(secret, value)
        secret.changed_at = timezone.now()
        secret.save()


def forget_secret(owner: Service | Connection, name: str) -> None:
    """Again is harmless."""
    owner.secrets.filter(name=name).delete()


def rotate_secrets() -> int:
    """Seal every secret with the first key of the keyring; how many were sealed with another."""
    first = next(iter(read_keyring()))
    rotated = 0
    for pk in Secret.objects.exclude(ciphertext__startswith=f"v1:{first}:").values_list("pk", flat=True):
        with transaction.atomic():
            secret = Secret.objects.select_for_update().get(pk=pk)
            secret.ciphertext = seal(secret, open_secret(secret))
            secret.save(update_fields=["ciphertext"])
        rotated += 1
    return rotated

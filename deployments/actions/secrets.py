"""Secrets: set and forget. Nobody reads one back."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog.models import AuditRecord
from catalog.models.audit import Verb
from deployments.actions.errors import RefusedFieldError
from deployments.configs.schemas import SECRET_NAME
from deployments.models import Connection, Hook, Look, Secret, Service
from deployments.runner.secrets import open_secret, read_keyring, seal

# As configs name them; beside it, what could be set before there was one rule, and may still be forgotten.
NAME = re.compile(SECRET_NAME["pattern"])
STORED_NAME = re.compile("[A-Za-z][A-Za-z0-9_-]{0,62}")
MAX_VALUE = 64_000


def set_secret(owner: Service | Connection, name: str, value: str, *, by: User | None = None) -> None:
    """Keep a value under this name, in place of the one before; who has done it is kept in the audit, never what.

    Raises RefusedFieldError for a name or value that cannot be one, KeyringError.
    """
    refuse_unfit(name, value)
    with transaction.atomic():
        of = {"service": owner} if isinstance(owner, Service) else {"connection": owner}
        secret = Secret.objects.filter(**of, name=name).first() or Secret(**of, name=name)
        secret.ciphertext = seal(secret, value)
        secret.changed_at = timezone.now()
        secret.save()
        _note(owner, f"Secret {name} set", by=by)


def lend_secrets(look: Look, secrets: Mapping[str, str]) -> None:
    """Keep values until the look is over; raises as `set_secret`. They are nobody's secrets: the audit says nothing."""
    for name, value in secrets.items():
        refuse_unfit(name, value)
        secret = Secret(look=look, name=name, changed_at=timezone.now())
        secret.ciphertext = seal(secret, value)
        secret.save()


def refuse_unfit(name: str, value: str) -> None:
    """Raises RefusedFieldError for a name or value that cannot be one."""
    if not NAME.fullmatch(name):
        message = "A secret's name has up to 63 small letters, digits, - and _, and begins with a letter."
        raise RefusedFieldError(message, field="name")
    if not value or len(value) > MAX_VALUE:
        raise RefusedFieldError(f"A secret has from 1 to {MAX_VALUE:,} characters.", field="value")


def forget_secret(owner: Service | Connection, name: str, *, by: User | None = None) -> None:
    """Again is harmless."""
    forgotten, _ = owner.secrets.filter(name=name).delete()
    if forgotten:
        _note(owner, f"Secret {name} forgotten", by=by)


def _note(owner: Service | Connection, detail: str, *, by: User | None) -> None:
    noun = "service" if isinstance(owner, Service) else "connection"
    AuditRecord.objects.note(Verb.SECRET_CHANGED, by=by, object_name=f"{noun} {owner}", detail=detail)


def rotate_secrets() -> int:
    """Seal every secret with the first key of the keyring; how many were sealed with another."""
    first = next(iter(read_keyring()))
    return _rotate(Secret, but=first) + _rotate(Hook, but=first)


def _rotate(model: type[Secret | Hook], *, but: str) -> int:
    """Each row by itself, so that nothing waits for all of them."""
    others = model._default_manager.exclude(ciphertext__startswith=f"v1:{but}:")
    keys: list[Any] = list(others.values_list("pk", flat=True))
    for pk in keys:
        with transaction.atomic():
            sealed = model._default_manager.select_for_update().filter(pk=pk).first()
            if sealed is None:
                # That of a look is forgotten with it.
                continue
            sealed.ciphertext = seal(sealed, open_secret(sealed))
            sealed.save(update_fields=["ciphertext"])
    return len(keys)

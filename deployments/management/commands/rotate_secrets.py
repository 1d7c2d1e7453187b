"""`manage.py rotate_secrets`: seals every secret with the first key of the keyring."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deployments.actions.secrets import rotate_secrets
from deployments.contract import PermanentError
from deployments.runner.secrets import KeyringError


class Command(BaseCommand):
    help = "Seal every secret with the first key of the keyring; afterwards the other keys are not needed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rotated = rotate_secrets()
        except (KeyringError, PermanentError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{rotated} secrets sealed again." if rotated else "Every secret is sealed with the first key."
        )

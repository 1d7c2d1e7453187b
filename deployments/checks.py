"""System checks of the deployments: what the catalogue offers and nobody here can do.

W: services of these rows say so when they are deployed; everything else works.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError

from catalog.models import Builder, Provider
from deployments.backends import BackendMissingError
from deployments.builds import get_build
from deployments.runner.secrets import KeyringError, read_keyring
from deployments.sandbox.bubblewrap import sandbox_problem
from deployments.sources import get_source

USED = ("active", "deprecated")


@register(Tags.database)
def check_backends(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W040: a row names a backend that is not here. W041: no sandbox. W042: no keyring where one was named. Only with
    `check --database default`.
    """
    if not kwargs.get("databases"):
        return []
    try:
        return [*_missing_backends(), *_sandbox(), *_keyring()]
    except DatabaseError:
        return []  # not migrated yet


def _missing_backends() -> Iterator[CheckMessage]:
    providers = Provider.objects.exclude(backend="").filter(lifecycle_state__in=USED)
    named = [(each.key, each.backend, get_source) for each in providers]
    builders = Builder.objects.filter(lifecycle_state__in=USED)
    for key, backend, find in [*named, *((each.key, each.backend, get_build) for each in builders)]:
        try:
            find(backend)
        except BackendMissingError as error:
            hint = "Install the package that brings it, or disable the entry. manage.py backends lists what is here."
            yield Caution(f"{key}: {error}", hint=hint, id="registry.W040")


def _sandbox() -> Iterator[CheckMessage]:
    if problem := sandbox_problem():
        yield Caution(problem, hint="Builders that run programs are refused here; the others work.", id="registry.W041")


def _keyring() -> Iterator[CheckMessage]:
    if settings.REGISTRY_MAKES_KEYRING:
        return
    try:
        read_keyring()
    except KeyringError as error:
        yield Caution(str(error), hint=error.hint, id="registry.W042")

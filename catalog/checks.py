"""System checks: a missing or contradictory setting is a message with an id and a hint, never a traceback.

E: the process must not run so. W: it may, but not in production.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError

from catalog.publishing.status import publishing_warnings
from catalog.search.health import find_table_problem


@register(Tags.security)
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Values that could not be read (E001 to E009, E015, E016), and pairs that contradict each other."""
    unreadable = [Error(problem.message, hint=problem.hint, id=problem.id) for problem in settings.ENVIRONMENT.problems]
    return [*unreadable, *_missing(), *_contradictory(), *_embedded()]


@register(Tags.database)
def check_publishing(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W030: the live registry needs somebody's attention. Only with `manage.py check --database default`."""
    if not kwargs.get("databases"):
        return []
    try:
        warnings = publishing_warnings()
    except DatabaseError:
        return []  # not migrated yet
    return [Caution(text, hint="See docs/operations.md.", id="registry.W030") for text in warnings]


@register(Tags.database)
def check_search(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E017: the table of the search index cannot be used. Only with `manage.py check --database default`."""
    if not kwargs.get("databases") or settings.REGISTRY_SEARCH != "dynamodb":
        return []
    problem = find_table_problem()
    hint = "See docs/operations.md, The search index in DynamoDB; or set REGISTRY_SEARCH=database."
    return [Error(f"Searches cannot be answered: {problem}", hint=hint, id="registry.E017")] if problem else []


def _missing() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        return
    if not settings.SECRET_KEY_IS_GIVEN:
        yield Error(
            "DJANGO_SECRET_KEY is not set.",
            hint="Set it to 50 or more random characters; or set DJANGO_DEBUG=true on a developer's machine.",
            id="registry.E010",
        )
    if not settings.ALLOWED_HOSTS:
        yield Error(
            "DJANGO_ALLOWED_HOSTS is not set: every request would be refused.",
            hint="Name the hosts that serve the registry, separated by commas.",
            id="registry.E011",
        )


def _contradictory() -> Iterator[CheckMessage]:
    if settings.REGISTRY_STORE.bucket and not settings.REGISTRY_PUBLIC_URL:
        yield Error(
            "The registry is published to a bucket, but REGISTRY_PUBLIC_URL is not set.",
            hint="Set it to the address under which readers reach the tree, such as https://registry.example.com.",
            id="registry.E012",
        )
    if settings.REGISTRY_STORE.bucket and not settings.REGISTRY_SIGNING_KEY_FILE.is_file():
        yield Error(
            f"The registry is published to a bucket, but {settings.REGISTRY_SIGNING_KEY_FILE} is no signing key.",
            hint="Make one with: manage.py signing_key new; and set REGISTRY_SIGNING_KEY_FILE where it is mounted.",
            id="registry.E014",
        )
    if settings.REGISTRY_CLOUDFRONT_DISTRIBUTION_ID and not settings.REGISTRY_STORE.bucket:
        yield Error(
            "REGISTRY_CLOUDFRONT_DISTRIBUTION_ID is set, but the registry is published to a folder.",
            hint="Set REGISTRY_STORE_URL=s3://bucket/prefix, or leave the distribution out.",
            id="registry.E013",
        )


def _embedded() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        return
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        yield Caution(
            "Messages go through a folder, which only serves one machine.",
            hint="Set CELERY_BROKER_URL=redis://host:6379/0.",
            id="registry.W020",
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Caution(
            "The database is SQLite, which only serves one machine.",
            hint="Set DATABASE_URL=postgres://user:password@host:5432/name.",
            id="registry.W021",
        )

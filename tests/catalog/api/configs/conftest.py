"""A registry with sources and builders that have config schemas, and backends that say what fits."""

from collections.abc import Callable, Collection, Iterator, Mapping

import pytest

from catalog.usage import forget_compatible, register_compatible
from deployments.actions.fitting import find_fitting
from tests.factories import SANITY, builder_document, provider_document, publish, save

Fits = Callable[[Mapping[str, Collection[str] | None]], None]
GITHUB_SCHEMA = {
    "type": "object",
    "properties": {
        "repository": {"type": "string", "pattern": "^[a-z]+/[a-z]+$"},
        "branch": {"type": "string", "default": "main", "deprecated": True},
        "token": {
            "type": "object",
            "format": "secret",
            "properties": {"$secret": {"type": "string"}},
            "required": ["$secret"],
            "additionalProperties": False,
        },
    },
    "required": ["repository"],
    "additionalProperties": False,
    "x-order": ["token", "repository"],
}
HUGO_SCHEMA = {"type": "object", "properties": {"sourceFolder": {"type": "string", "maxLength": 10}}}
DEPRECATED = {"state": "deprecated", "since": "2030-01-01", "reason": "Slow", "replacement": "builders/hugo"}


def source(slug: str, **members: object) -> dict[str, object]:
    return provider_document(
        slug,
        provider_type="source",
        category="source_code",
        cms_type=None,
        source_type="repository",
        backend=f"{slug}@1",
        **members,
    )


@pytest.fixture
def registry(db: None) -> None:
    save("builder", builder_document("hugo", config_schema=HUGO_SCHEMA, aliases=["builders/hugo_extended"]))
    save("builder", builder_document("static"))
    save("builder", builder_document("jekyll", lifecycle=DEPRECATED))
    save("provider", SANITY)
    save("provider", source("github", config_schema=GITHUB_SCHEMA))
    save("provider", source("git", incompatible_builders=["hugo", "jekyll"]))
    publish()
    # Not live: never an answer.
    save("builder", builder_document("zola"))
    save("builder", builder_document("static", display_name="Static 2"), approved=False)


@pytest.fixture(autouse=True)
def _no_backends() -> Iterator[None]:
    """What backends say is for each test to say; those of the deployments are not asked."""
    forget_compatible(find_fitting)
    yield
    register_compatible(find_fitting)


@pytest.fixture
def fits() -> Iterator[Fits]:
    """Register backends that say which keys fit a key; None or nothing: they cannot say."""
    said: dict[str, Collection[str] | None] = {}
    register_compatible(said.get)
    yield said.update
    forget_compatible(said.get)

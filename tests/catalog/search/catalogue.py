"""A small live catalogue in which every filter finds some and misses some, and a search of it by brute force."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from catalog.models.choices import Complexity
from catalog.search.index import FacetValue
from catalog.search.query import FACETS, LIFECYCLES, ORDERS, Filters, Query
from catalog.search.words import split_words
from tests.bench.live_catalogue import TYPES
from tests.factories import builder_document, publish, save, stack_document

Document = dict[str, Any]
NAMES = ["Acorn", "Birch", "Cedar", "Décap", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper"]
PROSE = [
    "fast",
    "small",
    "content",
    "rich",
    "editors",
    "previews",
    "static",
    "dynamic",
    "shops",
    "blogs",
    "teams",
    "agencies",
]
FEATURES = ["api_first", "drafts", "git_based", "image_service", "previews", "webhooks"]
ENGINES = ["astro", "eleventy", "hugo", "nextjs"]
MARKETS = ["agencies", "developers", "enterprise_ready", "shops"]
MEMBERS = {"feature": "key_features", "ssg_engine": "ssg_engine_options", "target_market": "target_market"}
NEEDED: dict[str, Document] = {
    "cms": {"cms_type": "hybrid"},
    "ecommerce": {"ecommerce_type": "hosted_cart"},
    "ssg": {"implementation_language": "go"},
    "source": {"source_type": "inline", "backend": "inline@1"},
}
KINDS = {"feature": "feature", "ssg_engine": "engine", "target_market": "market"}


def publish_catalogue(size: int, *, first: int = 0) -> dict[str, Document]:
    """Key -> document of `size` providers, numbered from `first`; a builder and a stack have the same tags."""
    chance = random.Random(11)
    documents = [_document(chance, number) for number in range(first, first + size)]
    keys = [save("provider", document) for document in documents]
    tags = {"key_features": FEATURES, "ssg_engine_options": ENGINES}
    save("builder", builder_document(f"acorn-{first}", **tags))
    save("stack", stack_document(f"cedar-{first}", **tags, target_market=MARKETS, monthly_cost_range=[1, 2]))
    publish()
    return dict(zip(keys, documents, strict=True))


def _document(chance: random.Random, number: int) -> Document:
    first, second = chance.sample(NAMES, 2)
    kind = chance.choice(TYPES)
    least = chance.choice([None, 0, 5, 5, 20, 99, 1000])
    state = chance.choices(LIFECYCLES, [8, 1, 1])[0]
    members = {
        "provider_name": f"{split_words(first)[0]}-{number}",
        "provider_type": kind,
        "category": f"{kind}_service",
        "display_name": chance.choice([f"{first} {second}", f"{first}{second}", first.upper(), f"{first}.{number}"]),
        "tier_name": chance.choice([None, f"{second} - {chance.choice(PROSE)}"]),
        "description": chance.choice([None, " ".join(chance.sample(PROSE, 4)).capitalize() + "."]),
        "best_for": chance.choice([None, " ".join(chance.sample(PROSE, 2))]),
        "complexity_level": chance.choice([None, *Complexity.values]),
        "monthly_cost_range": None if least is None else [least, least + 10],
        "key_features": chance.sample(FEATURES, chance.randint(0, 4)) or None,
        "ssg_engine_options": chance.sample(ENGINES, chance.randint(0, 3)) or None,
        "target_market": chance.sample(MARKETS, chance.randint(0, 2)) or None,
        "lifecycle": None if state == "active" else {"state": state, "reason": "So", "since": "2030-01-01"},
        "schema_version": "1.0.0",
        **NEEDED[kind],
    }
    return {name: value for name, value in members.items() if value is not None}


def random_query(chance: random.Random, documents: dict[str, Document]) -> Query:
    """Each filter is asked for now and then; words are beginnings of words that are there."""
    tags = [(KINDS[name], chance.choice(names)) for name, names in _tag_choices() if chance.random() < 0.25]
    words = [word[: chance.randint(1, 9)] for word in _some_words(chance, documents)] if chance.random() < 0.4 else []
    filters = Filters(
        text=" ".join(words),
        provider_type=chance.choice(["", "", "", "", *TYPES]),
        complexity=chance.choice(["", "", "", "", *Complexity.values]),
        lifecycle=chance.choice(["", "", "", "", *LIFECYCLES]),
        max_cost=chance.choice([None, None, None, None, 0, 4, 5, 98, 99, 100_000]),
        tags=tuple(dict.fromkeys(tags)),
    )
    order, is_descending = chance.choice(ORDERS), chance.random() < 0.4
    if order == "relevance":
        is_descending = False
    facets = tuple(chance.sample(FACETS, chance.randint(0, 3)))
    return Query(filters, facets, order, is_descending, limit=chance.choice([9, 30, 50, 200]))


def _tag_choices() -> list[tuple[str, Sequence[str]]]:
    return [("feature", [*FEATURES, "nobody_has_it"]), ("feature", FEATURES), ("ssg_engine", ENGINES),
            ("target_market", MARKETS)]  # fmt: skip


def _some_words(chance: random.Random, documents: dict[str, Document]) -> list[str]:
    key, document = chance.choice(sorted(documents.items()))
    return chance.sample(sorted(words_of(key, document)), chance.randint(1, 2))


def find(documents: dict[str, Document], filters: Filters) -> dict[str, Document]:
    return {key: document for key, document in documents.items() if _is_found(key, document, filters)}


def _is_found(key: str, document: Document, filters: Filters) -> bool:
    cost = document.get("monthly_cost_range", [None])[0]
    tags = {(KINDS[name], tag) for name, member in MEMBERS.items() for tag in document.get(member, [])}
    return (
        filters.provider_type in ("", document["provider_type"])
        and filters.complexity in ("", document.get("complexity_level"))
        and filters.lifecycle in ("", _lifecycle(document))
        and (filters.max_cost is None or (cost is not None and cost <= filters.max_cost))
        and set(filters.tags) <= tags
        and all(_begins_one(word, words_of(key, document)) for word in split_words(filters.text))
    )


def _begins_one(start: str, words: set[str]) -> bool:
    return any(word.startswith(start) for word in words)


def words_of(key: str, document: Document) -> set[str]:
    texts = [document.get(name, "") for name in ("tier_name", "description", "best_for", "category")]
    tags = [tag for member in MEMBERS.values() for tag in document.get(member, [])]
    _, kind, _ = key.split("/")
    return {*names_of(document), *split_words(" ".join(["providers", kind, *texts, *tags]))}


def names_of(document: Document) -> set[str]:
    shown, slug = document["display_name"], document["provider_name"]
    return {*split_words(f"{shown} {slug}"), "".join(split_words(shown)), "".join(split_words(slug))}


def in_order(found: dict[str, Document], query: Query) -> list[str]:
    """The keys in the order that is asked for. All are of one snapshot, so `updated` is the order of keys."""
    keys = sorted(found, reverse=query.is_descending)
    if query.order == "name":
        return sorted(keys, key=lambda key: found[key]["display_name"].lower(), reverse=query.is_descending)
    if query.order == "monthly_cost":
        costs = {key: found[key].get("monthly_cost_range", [None])[0] for key in keys}
        priced = sorted((key for key in keys if costs[key] is not None), key=lambda key: costs[key])
        if query.is_descending:
            priced = sorted(priced, key=lambda key: (costs[key], key), reverse=True)
        return [*priced, *(key for key in keys if costs[key] is None)]
    if query.order == "relevance" and query.filters.text:
        return sorted(keys, key=lambda key: relevance(key, found[key], query.filters.text))
    return keys


def relevance(key: str, document: Document, text: str) -> int:
    words, names = split_words(text), names_of(document)
    if document["display_name"].lower() == text.strip().lower() or key.endswith("/" + "-".join(words)):
        return 0
    if set(words) <= names:
        return 1
    hits = [_begins_one(word, names) for word in words]
    return 2 if all(hits) else 3 if any(hits) else 4


def facets(found: dict[str, Document], names: Sequence[str]) -> dict[str, list[FacetValue]]:
    return {name: _counted(value for document in found.values() for value in _values(document, name)) for name in names}


def _values(document: Document, facet: str) -> Sequence[str]:
    if facet in MEMBERS:
        return list(document.get(MEMBERS[facet], []))
    if facet == "lifecycle":
        return [_lifecycle(document)]
    member = "complexity_level" if facet == "complexity" else facet
    return [document[member]] if member in document else []


def _counted(values: Any) -> list[FacetValue]:
    return [FacetValue(value, count) for value, count in sorted(Counter(values).items(), key=lambda x: (-x[1], x[0]))]


def _lifecycle(document: Document) -> str:
    state: str = document.get("lifecycle", {}).get("state", "active")
    return state

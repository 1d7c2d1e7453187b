"""One revision as the rows that it is read and searched by; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.documents.canonical import sha256_hex
from catalog.documents.mapping import kind_of
from catalog.models import LiveEntry, LiveProvider, Revision
from catalog.models.index import TagKind
from catalog.publishing.tree import stamp
from catalog.search.words import join_words, split_words

LISTS = {TagKind.FEATURE: "key_features", TagKind.ENGINE: "ssg_engine_options", TagKind.MARKET: "target_market"}
TEXTS = ("category", "tier_name", "description", "best_for")
# Its kind and its name.
TagName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """The snapshot that last changed an entry."""

    serial: int
    published_at: datetime


def entry_row(revision: Revision, edge: Edge) -> LiveEntry:
    document, kind = revision.document, kind_of(revision.entry_key)
    body = live_body(revision, serial=edge.serial)
    least, most = document.get("monthly_cost_range", (None, None))
    names = names_of(revision.entry_key, document)
    return LiveEntry(
        key=revision.entry_key,
        kind=kind,
        slug=revision.entry_key.rpartition("/")[2],
        revision=revision,
        serial=edge.serial,
        updated_at=edge.published_at,
        body=body,
        etag=sha256_hex(body.encode()),
        display_name=document["display_name"],
        group=revision.category,
        lifecycle=revision.lifecycle,
        complexity=document.get("complexity_level", ""),
        currency="" if kind == "builder" else document.get("currency", "USD"),
        monthly_cost_min=least,
        monthly_cost_max=most,
        names=" ".join(names),
        words=" ".join(dict.fromkeys([*names, *_other_words(revision.entry_key, document)])),
    )


def provider_row(entry: LiveEntry) -> LiveProvider:
    """What it is searched by, from its saved row."""
    return LiveProvider(
        entry=entry,
        key=entry.key,
        name=entry.display_name.lower(),
        provider_type=entry.group,
        lifecycle=entry.lifecycle,
        complexity=entry.complexity,
        monthly_cost_min=entry.monthly_cost_min,
        serial=entry.serial,
    )


def live_body(revision: Revision, *, serial: int) -> str:
    """The document as the API answers it: as it is published, and what lists of every kind have."""
    document = revision.document
    named = {
        "id": revision.entry_key.rpartition("/")[2],
        "name": document["display_name"],
        "description": document.get("description", ""),
        "icon": document.get("icon", ""),
    }
    whole = named | stamp(document, last_updated=revision.created_at, serial=serial)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def tags_of(document: Mapping[str, Any]) -> list[TagName]:
    """Every tag, sorted."""
    return sorted({(kind.value, name) for kind, member in LISTS.items() for name in document.get(member, [])})


def names_of(key: str, document: Mapping[str, Any]) -> list[str]:
    """The words that it is called by, and was: also as one, for whoever leaves out what joins them."""
    slug = key.rpartition("/")[2]
    former = [alias.rpartition("/")[2] for alias in document.get("aliases", [])]
    joined = ["".join(split_words(name)) for name in (document["display_name"], slug)]
    return join_words([document["display_name"], slug, *joined, *former])


def _other_words(key: str, document: Mapping[str, Any]) -> list[str]:
    texts = [document.get(name, "") for name in TEXTS]
    site = document.get("website_url", "").removeprefix("https://").removeprefix("www.").partition("/")[0]
    return join_words([key.rpartition("/")[0], site, *texts, *(name for _, name in tags_of(document))])

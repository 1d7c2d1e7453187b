"""A large live catalogue with the variety of a real one: the same for every run, and written in bulk."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.documents.canonical import canonical_bytes, sha256_hex
from catalog.models import Revision, Snapshot, SnapshotChange
from catalog.models.choices import Complexity, ProviderType
from catalog.models.history import RevisionSource
from catalog.models.snapshots import SnapshotState
from catalog.publishing.live import update_live_entries

BATCH = 1000
# One provider in two has the first, one in ten thousand the second.
COMMON_FEATURE, RARE_FEATURE = "visual_editing", "carrier_pigeons"
SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
TYPES = tuple(ProviderType.values)


def make_live_catalogue(entries: int) -> float:
    """`entries` providers, live; the seconds that writing their rows for reading took."""
    documents = make_documents(entries)
    now = timezone.now().replace(microsecond=0)
    snapshot = Snapshot.objects.create(
        serial=1, state=SnapshotState.LIVE, path="snapshots/1.json", sha256="0" * 64, requested_at=now, published_at=now
    )
    while batch := list(islice(documents, BATCH)):
        revisions = Revision.objects.bulk_create([_revision(document, now) for document in batch])
        SnapshotChange.objects.bulk_create(
            SnapshotChange(snapshot=snapshot, entry_key=revision.entry_key, new_revision=revision)
            for revision in revisions
        )
    begun = timezone.now()
    with transaction.atomic():
        update_live_entries(snapshot)
    return (timezone.now() - begun).total_seconds()


def make_documents(entries: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(5)
    names = [_name(chance, 2) for _ in range(3000)]
    prose = [_name(chance, chance.randint(2, 4)) for _ in range(3000)]
    features = [f"{_name(chance, 2)}_{_name(chance, 2)}" for _ in range(1000)]
    engines, markets = [_name(chance, 2) for _ in range(20)], [_name(chance, 3) for _ in range(100)]
    weights = [1 / (rank + 5) for rank in range(len(features))]
    for number in range(entries):
        first, second = chance.choice(names), chance.choice(names)
        least = chance.randrange(0, 1000, 5)
        chosen = dict.fromkeys(chance.choices(features, weights, k=6))
        chosen |= {COMMON_FEATURE: None} if number % 2 == 0 else {}
        chosen |= {RARE_FEATURE: None} if number % 10_000 == 7 else {}
        kind = TYPES[number % len(TYPES)]
        yield {
            "provider_name": f"{first}-{second}-{number}",
            "provider_type": kind,
            "category": f"{kind}_service",
            "display_name": f"{first.title()} {second.title()} {number}",
            "tier_name": f"{first.title()} - {_sentence(chance, prose, 5)}",
            "description": _sentence(chance, prose, 20),
            "best_for": _sentence(chance, prose, 8),
            "complexity_level": chance.choice(Complexity.values),
            "monthly_cost_range": [least, least + 100],
            "key_features": list(chosen),
            "ssg_engine_options": chance.sample(engines, 4),
            "target_market": chance.sample(markets, 3),
            "schema_version": "1.0.0",
        }


def _name(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choices(SYLLABLES, k=syllables))


def _sentence(chance: random.Random, words: Sequence[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length)).capitalize()


def _revision(document: dict[str, Any], now: Any) -> Revision:
    content = canonical_bytes(document)
    return Revision(
        entry_key=f"providers/{document['provider_type']}/{document['provider_name']}",
        number=1,
        canonical=content.decode(),
        sha256=sha256_hex(content),
        size_bytes=len(content),
        lifecycle="active",
        category=document["provider_type"],
        schema_version=document["schema_version"],
        change_note="Benchmark",
        source=RevisionSource.STARTER,
        created_at=now,
    )

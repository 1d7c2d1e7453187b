"""One database's part of the benchmark of searching: `python -m tests.bench.search_queries ENTRIES`; prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs Django
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from catalog.models import LiveWord, Tag  # noqa: E402
from catalog.search import database  # noqa: E402
from catalog.search.matching import find_tags  # noqa: E402
from catalog.search.query import FACETS, Filters, Query  # noqa: E402
from tests.bench.live_catalogue import COMMON_FEATURE, RARE_FEATURE, make_live_catalogue  # noqa: E402

ROUNDS = 15
COMMON, RARE = ("feature", COMMON_FEATURE), ("feature", RARE_FEATURE)


def cases() -> dict[str, Query]:
    engine = Tag.objects.filter(kind="engine").order_by("name")[0].name
    market = Tag.objects.filter(kind="market").order_by("name")[0].name
    by_use = LiveWord.objects.order_by("-entries", "text").values_list("text", flat=True)
    common, usual = by_use[10], by_use[800]
    five = Filters("", "cms", "medium", "", 500, (COMMON, ("engine", engine)))
    return {
        "everything": Query(),
        "a type": Query(Filters(provider_type="cms")),
        "a common feature": Query(Filters(tags=(COMMON,))),
        "a rare feature": Query(Filters(tags=(RARE,))),
        "a common and a rare feature": Query(Filters(tags=(COMMON, RARE))),
        "five filters": Query(five),
        "six filters": Query(replace(five, tags=(*five.tags, ("market", market)))),
        "a cost": Query(Filters(max_cost=100), order="monthly_cost"),
        "words: a usual one": Query(Filters(usual)),
        "words: a common one": Query(Filters(common)),
        "words: two": Query(Filters(f"{common} {usual}")),
        "words: misspelt": Query(Filters(usual[0] + "j" + usual[2:])),
        "facets of everything": Query(facets=FACETS),
        "facets of a common feature": Query(Filters(tags=(COMMON,)), FACETS),
        "facets of five filters": Query(five, FACETS),
    }


def figures_of(name: str, query: Query) -> dict[str, Any]:
    match = database._make_match(query.filters, version="v")
    assert match is not None, name
    index = database.DatabaseIndex()
    with CaptureQueriesContext(connection) as captured:
        cold = quickest_of(lambda: index.search(query, version=""), rounds=3)
    index.search(query, version="v")
    return {
        "has_goal": ":" not in name and "facets" not in name,
        "found": match.count(),
        "count": quickest_of(match.count),
        "page": quickest_of(lambda: find_tags(query.filters.tags))
        + quickest_of(lambda: index.search(query, version="v")),
        "cold": cold,
        "queries": len(captured) // 3,
    }


def quickest_of(act: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Seconds; the others waited for whatever else runs on the machine."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def main(entries: int) -> None:
    call_command("migrate", verbosity=0)
    written = make_live_catalogue(entries)
    if connection.vendor == "postgresql":
        # As autovacuum does within a minute.
        connection.cursor().execute("VACUUM ANALYZE")
    settings.ALLOWED_HOSTS.append("testserver")
    assert Client().get("/api/v1/search/providers").json()["count"] == entries
    json.dump(
        {"written": written, "cases": {name: figures_of(name, query) for name, query in cases().items()}}, sys.stdout
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))

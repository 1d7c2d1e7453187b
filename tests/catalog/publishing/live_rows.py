"""What the rows for reading should be, told from the published tree by brute force."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from catalog.documents.mapping import kind_of
from catalog.models import LiveEntry, LiveProvider, ProviderTag, Snapshot, Tag
from catalog.publishing.stores.base import Store

TAG_LISTS = (("engine", "ssg_engine_options"), ("feature", "key_features"), ("market", "target_market"))


def expected_rows(store: Store) -> dict[str, Any]:
    """Key -> columns, of every entry that has a copy in the store."""
    return {key: _columns(key, document) for key, document in published_documents(store)}


def found_rows() -> dict[str, Any]:
    tags: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, kind, name in ProviderTag.objects.values_list("provider__key", "tag__kind", "tag__name"):
        tags[key].append((kind, name))
    searched = {row.key: row for row in LiveProvider.objects.all()}
    return {
        row.key: {
            **{name: getattr(row, name) for name in ("kind", "slug", "serial", "updated_at", "lifecycle")},
            **{name: getattr(row, name) for name in ("display_name", "group", "complexity", "currency")},
            "costs": (row.monthly_cost_min, row.monthly_cost_max),
            "body": json.loads(row.body),
            "etag fits": row.etag == hashlib.sha256(row.body.encode()).hexdigest(),
            "tags": sorted(tags[row.key]),
            "searched by": _searched_by(searched.get(row.key)),
        }
        for row in LiveEntry.objects.all()
    }


def found_tags() -> list[tuple[str, str]]:
    return list(Tag.objects.order_by("kind", "name").values_list("kind", "name"))


def _searched_by(row: LiveProvider | None) -> tuple[Any, ...] | None:
    if row is None:
        return None
    return row.name, row.provider_type, row.lifecycle, row.complexity, row.monthly_cost_min, row.serial


def expected_tags(rows: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted({tag for row in rows.values() for tag in row["tags"]})


def published_documents(store: Store) -> Iterator[tuple[str, dict[str, Any]]]:
    """(key, copy) of what the manifest's serial holds, from the copies at fixed paths."""
    live = Snapshot.objects.get(state="live")
    stored = store.get(live.path)
    assert stored is not None
    for shard in json.loads(stored.content)["shards"].values():
        index = store.get(f"index/{shard['sha256']}.json")
        assert index is not None
        for key in json.loads(index.content):
            copy = store.get(f"{key}.json")
            assert copy is not None
            yield key, json.loads(copy.content)


def _columns(key: str, copy: dict[str, Any]) -> dict[str, Any]:
    kind, slug = kind_of(key), key.rpartition("/")[2]
    lifecycle = copy.get("lifecycle", {}).get("state", "active")
    searched_by = (
        copy["display_name"].lower(), copy.get("provider_type"), lifecycle, copy.get("complexity_level", ""),
        copy.get("monthly_cost_range", [None])[0], copy["serial"],
    )  # fmt: skip
    body = {
        "id": slug,
        "name": copy["display_name"],
        "description": copy.get("description", ""),
        "icon": copy.get("icon", ""),
        **copy,
    }
    return {
        "kind": kind,
        "slug": slug,
        "serial": copy["serial"],
        "updated_at": Snapshot.objects.get(serial=copy["serial"], state__in=("live", "replaced")).published_at,
        "etag fits": True,
        "lifecycle": lifecycle,
        "display_name": copy["display_name"],
        "group": copy["provider_type"] if kind == "provider" else copy["category"],
        "complexity": copy.get("complexity_level", ""),
        "currency": copy.get("currency", "" if kind == "builder" else "USD"),
        "costs": tuple(copy.get("monthly_cost_range", (None, None))),
        "body": body,
        "tags": _tags(copy) if kind == "provider" else [],
        "searched by": searched_by if kind == "provider" else None,
    }


def _tags(copy: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted({(tag_kind, name) for tag_kind, member in TAG_LISTS for name in copy.get(member, [])})

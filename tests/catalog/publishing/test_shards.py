"""Groups that grow over the limit of a shard and shrink again, or go."""

from itertools import count, islice

import pytest

from catalog.publishing import tree
from catalog.publishing.base import read_base
from catalog.publishing.stores.filesystem import FileSystemStore
from tests.cases import spread
from tests.catalog.publishing.histories import REMOVED
from tests.factories import SANITY, builder_document, provider_document, publish, save
from tests.stores import CountingStore, verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "SHARD_LIMIT", 4)


def save_providers(numbers: range, **members: object) -> None:
    for number in numbers:
        save("provider", provider_document(f"cms-{number}", **members))


def counts(store: FileSystemStore) -> dict[str, int]:
    return {name: shard["count"] for name, shard in read_base(store).snapshot["shards"].items()}


def test_group_at_the_limit_is_one_shard(folder_store: FileSystemStore) -> None:
    save_providers(range(4))

    publish(folder_store)

    assert counts(folder_store) == {"providers/cms": 4}


def test_group_over_the_limit_is_split(folder_store: FileSystemStore) -> None:
    save_providers(range(16))
    save("builder", builder_document("hugo"))

    publish(folder_store)

    found = counts(folder_store)
    assert sorted(found) == ["builders", *(f"providers/cms#{number}" for number in range(4))]
    assert sum(found.values()) == 17
    assert verify(folder_store).problems == []


@pytest.mark.parametrize("step", spread([8, 3, 1], fast=1))
def test_group_is_whole_while_it_grows_and_shrinks(folder_store: FileSystemStore, step: int) -> None:
    sizes = []
    for start in range(0, 24, step):
        save_providers(range(start, start + step))
        publish(folder_store)
        sizes.append((verify(folder_store).problems, sum(counts(folder_store).values())))
    for start in range(0, 24 - step, step):
        save_providers(range(start, start + step), lifecycle=REMOVED)
        publish(folder_store)
        sizes.append((verify(folder_store).problems, sum(counts(folder_store).values())))

    grown = list(range(step, 25, step))
    assert sizes == [([], size) for size in [*grown, *reversed(grown[:-1])]]


def test_group_that_shrinks_is_one_shard_again(folder_store: FileSystemStore) -> None:
    save_providers(range(5))
    publish(folder_store)
    assert "providers/cms" not in counts(folder_store)
    save_providers(range(1), lifecycle=REMOVED)

    publish(folder_store)

    assert counts(folder_store) == {"providers/cms": 4}


def test_group_without_entries_has_no_shard(folder_store: FileSystemStore) -> None:
    save("provider", SANITY)
    save("builder", builder_document("hugo"))
    publish(folder_store)
    save("builder", builder_document("hugo", lifecycle=REMOVED))

    publish(folder_store)

    snapshot = read_base(folder_store).snapshot
    assert (list(snapshot["shards"]), list(snapshot["bundles"])) == (["providers/cms"], ["providers/cms"])
    assert verify(folder_store).problems == []


def test_one_change_rewrites_one_shard(folder_store: FileSystemStore) -> None:
    save_providers(range(16))
    publish(folder_store)
    before = read_base(folder_store).snapshot["shards"]
    save("provider", provider_document("cms-3", best_for="Somebody"))
    watched = CountingStore(folder_store)

    publish(watched)

    after = read_base(folder_store).snapshot["shards"]
    changed = [name for name, shard in after.items() if shard != before[name]]
    assert changed == [tree.shard_name("providers/cms/cms-3", 4)]
    assert len([path for path in watched.writes() if path.startswith(("index/", "bundles/"))]) == 2


def slugs_in(shards: set[int], amount: int) -> list[str]:
    """Slugs of providers that fall into these of four shards."""
    names = {f"providers/cms#{number}" for number in shards}
    slugs = (f"cms-{number}" for number in count())
    return list(islice((slug for slug in slugs if tree.shard_name(f"providers/cms/{slug}", 4) in names), amount))


def test_empty_shards_are_no_reason_to_rewrite_the_others(folder_store: FileSystemStore) -> None:
    slugs = slugs_in({1, 2}, 9)
    for slug in slugs:
        save("provider", provider_document(slug))
    publish(folder_store)
    assert sorted(counts(folder_store)) == ["providers/cms#1", "providers/cms#2"]
    save("provider", provider_document(slugs[0], best_for="Somebody"))
    watched = CountingStore(folder_store)

    publish(watched)

    assert len([path for path in watched.writes() if path.startswith("index/")]) == 1


def test_group_with_empty_shards_is_whole_when_it_shrinks(folder_store: FileSystemStore) -> None:
    stays, goes = slugs_in({2}, 6), slugs_in({1}, 4)
    for slug in [*stays, *goes]:
        save("provider", provider_document(slug))
    publish(folder_store)
    for slug in goes[1:]:
        save("provider", provider_document(slug, lifecycle=REMOVED))

    publish(folder_store)

    assert counts(folder_store) == {"providers/cms#0": 6, "providers/cms#1": 1}
    assert verify(folder_store).problems == []

"""Items: what is too large for one is kept in parts; the names of keys keep their order."""

import json
import random
from typing import Any

from indexer.codec import pack, unpack
from indexer.counts import Counts, counts_of
from indexer.items import items_of, version_of, version_of_item
from indexer.query import Reader
from indexer.state import LIVE, State
from indexer.table import Table
from tests.factories import provider_document

GENERATION = "20300101T000000-abcdef"
STATE = State(LIVE, GENERATION, 3, "", "", "")


def copy_of(**members: Any) -> dict[str, Any]:
    return {**provider_document("large"), "last_updated": "2030-01-01T00:00:00Z", "serial": 3, **members}


def test_document_that_is_too_large_for_an_item_comes_back_whole(table: Table) -> None:
    """Even one that cannot be compressed."""
    chance = random.Random(1)
    noise = "".join(chance.choices("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", k=950_000))
    copy = copy_of(config_schema={"description": noise, "é": "\u2028"})
    version = version_of("providers/cms/large", copy)

    items = items_of(version, copy, GENERATION)
    table.put_all(items)

    assert len(items) == 1 + 3
    (body,) = Reader(table, STATE, 1000, lambda _key, make: make()).bodies([("providers/cms/large", 3)])
    assert json.loads(body) == {"id": "large", "name": "Large", "description": "", "icon": "", **copy}


def test_most_tags_that_a_document_may_have_fit(table: Table) -> None:
    tags = [f"{'t' * 60}_{number:03}" for number in range(64)]
    copy = copy_of(key_features=tags, ssg_engine_options=tags, target_market=tags)
    version = version_of("providers/cms/large", copy)

    table.put_all([*version.rows(GENERATION), *items_of(version, copy, GENERATION)])

    assert len(version.rows(GENERATION)) == 3 + 3 * 64


def test_version_comes_back_from_its_item() -> None:
    copy = copy_of(key_features=["b", "a"], monthly_cost_range=[0, 1], lifecycle={"state": "deprecated"})
    version = version_of("providers/cms/large", copy)

    assert version_of_item(unpack(pack(items_of(version, copy, GENERATION)[-1]))) == version


def test_keys_that_begin_alike_stay_in_order() -> None:
    keys = ["providers/cms/a", "providers/cms/a-b", "providers/cms/a1", "providers/cms/ab", "providers/ssg/a"]
    versions = [version_of(key, copy_of(serial=serial)) for serial, key in enumerate(keys, start=7)]

    names = [version.row_keys(GENERATION)[0]["sk"] for version in versions]

    assert names == sorted(names)


def test_counts_come_back_and_what_is_taken_out_is_gone() -> None:
    first = version_of("providers/cms/one", copy_of(key_features=["a", "b"], monthly_cost_range=[5, 9]))
    second = version_of("providers/cms/two", copy_of(key_features=["a"]))
    counts, expected = Counts(), Counts()
    for version in (first, second):
        counts.add(version)
    counts.add(first, times=-1)
    expected.add(second)

    assert counts_of(counts.to_bytes()).to_bytes() == expected.to_bytes()
    assert (counts.total, counts.of("feature", "a"), counts.of("feature", "b"), counts.at_most(5)) == (1, 1, 0, 0)

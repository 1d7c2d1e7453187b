"""What it costs: the page is what the command computes, and the sums are right where they can be counted by hand."""

import re
from pathlib import Path

import pytest

from infrastructure import costs
from infrastructure.costs import Catalogue, cost_of, most_misses, most_reads_for, total, used_in_a_month

SMALL = Catalogue(entries=10, document_bytes=1_200)


def test_page_is_what_the_command_writes(tmp_path: Path) -> None:
    copy = tmp_path / "costs.md"
    copy.write_text(costs.PAGE.read_text(encoding="utf-8"), encoding="utf-8")

    costs.write(copy)

    assert copy.read_text(encoding="utf-8") == costs.PAGE.read_text(encoding="utf-8"), "Run: make costs"


def test_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "costs.md"
    page.write_text("Something else\n")

    with pytest.raises(ValueError, match="no marks"):
        costs.write(page)

    assert page.read_text() == "Something else\n"


def test_every_price_has_a_source_and_is_for_something() -> None:
    prices = {name: said for name, said in costs.PRICES.items() if name != "as_of"}

    assert re.fullmatch(r"20\d\d", costs.PRICES["as_of"])
    assert prices.keys() == used_in_a_month(1, SMALL, with_index=True).keys()
    assert [name for name, said in prices.items() if not {"price", "per", "what", "source"} <= said.keys()] == []


def test_a_thousand_million_reads_are_counted_as_by_hand() -> None:
    """990 million at a dollar a million, and 2,000 GB without the first 1,000 at 0.085."""
    costs_of = cost_of(used_in_a_month(1_000_000_000, SMALL, with_index=False), with_free=True)

    assert (round(costs_of["requests"], 6), round(costs_of["transfer"], 6)) == (990.0, 85.0)


def test_free_allowances_are_taken_off_once_and_never_below_nothing() -> None:
    used = {"requests": 10_000_001.0, "alarms": 3.0}

    assert cost_of(used, with_free=True) == {"requests": 1 / 10_000 * 0.01, "alarms": 0.0}
    assert cost_of(used, with_free=False) == {"requests": 10_000_001 / 10_000 * 0.01, "alarms": 3 * 0.10}


def test_reads_of_the_bucket_stop_growing() -> None:
    few = used_in_a_month(10, SMALL, with_index=False)["gets"]
    many, more = (used_in_a_month(reads, SMALL, with_index=False)["gets"] for reads in (10**9, 10**10))

    assert many == more
    assert many - few == most_misses(SMALL) - 10


def test_most_reads_cost_the_goal_and_a_few_more_cost_more() -> None:
    most = most_reads_for(10, SMALL, with_index=False, with_free=True)

    assert total(int(most * 0.99), SMALL, with_index=False, with_free=True) <= 10
    assert total(int(most * 1.01), SMALL, with_index=False, with_free=True) > 10


def test_alarms_are_counted_in_the_template() -> None:
    assert (costs.count_alarms(with_index=False), costs.count_alarms(with_index=True)) == (3, 6)

"""What a change is called, and how problems read."""

import pytest

from catalog.publishing.plan import Change, EntryProblem, Side, alias_problems, describe_problems, reference_problems


def side(lifecycle: str) -> Side:
    return Side(1, 1, "a" * 64, lifecycle, "cms")


@pytest.mark.parametrize(
    ("old", "new", "verb"),
    [
        (None, "active", "added"),
        (None, "deprecated", "added"),
        ("active", "deprecated", "changed"),
        ("disabled", "active", "changed"),
        ("active", "removed", "removed"),
        (None, "removed", "removed"),
        ("removed", "active", "added"),
    ],
)
def test_change_is_called_what_readers_see(old: str | None, new: str, verb: str) -> None:
    assert Change("providers/cms/sanity", side(old) if old else None, side(new)).verb == verb


def test_problems_read_as_lines() -> None:
    problems = [
        EntryProblem("builders/hugo", "/backend", "pattern", "No."),
        EntryProblem("builders/x", "", "c", "Nor."),
    ]

    assert describe_problems(problems).splitlines() == [
        "Nothing was published; this has to be put right first:",
        "builders/hugo /backend: No.",
        "builders/x: Nor.",
    ]


def test_every_reference_is_looked_up() -> None:
    document = {
        "providers": {"cms": ["a", "b"]},
        "builder": "c",
        "incompatible_builders": ["d"],
        "lifecycle": {"replacement": "stacks/foundation/e"},
    }

    problems = reference_problems("stacks/foundation/f", document, published={"providers/cms/a"})

    assert [problem.path for problem in problems] == [
        "/providers/cms/1",
        "/incompatible_builders/0",
        "/builder",
        "/lifecycle/replacement",
    ]


def test_alias_of_one_owner_is_no_problem() -> None:
    assert alias_problems({"providers/cms/old": ["providers/cms/a", "providers/cms/a"]}, published=set()) == []

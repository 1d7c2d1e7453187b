"""Who has changed an entry: every combination of file, base and newest revision."""

from itertools import product

from catalog.documents.sides import Side, side_of


def test_every_combination_has_one_side() -> None:
    found: dict[Side, set[tuple[str, str, str, bool]]] = {side: set() for side in Side}
    for file, base, newest, knows_base in product(("", "a", "b", "c"), ("", "a"), ("", "a", "b"), (True, False)):
        side = side_of(file=file, base=base, newest=newest, knows_base=knows_base)
        found[side].add((file, base, newest, knows_base))

    assert all(file == newest for file, _, newest, _ in found[Side.SAME])
    assert all(newest == "" or (base == newest != file) for file, base, newest, _ in found[Side.FILE])
    assert all(file == base != newest and knows for file, base, newest, knows in found[Side.REGISTRY])
    assert all(file == "" and base == newest for file, base, newest, _ in found[Side.GONE])
    assert {each[:3] for each in found[Side.BOTH]} == {
        ("", "", "a"), ("", "", "b"), ("", "a", "b"), ("a", "", "b"), ("b", "", "a"), ("c", "", "a"), ("c", "", "b"),
        ("c", "a", "b"), ("a", "a", "b"),
    }  # fmt: skip
    assert [each for each in found[Side.BOTH] if each[:3] == ("a", "a", "b")] == [("a", "a", "b", False)]


def test_entry_that_another_registry_has_not_is_taken_from_the_file() -> None:
    assert side_of(file="a", base="a", newest="", knows_base=False) == Side.FILE

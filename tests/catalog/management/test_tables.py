"""Tables for terminals."""

from catalog.management.tables import plain, show, table


def test_columns_are_aligned_and_nothing_stands_at_the_ends() -> None:
    assert table([("a", "b", "c"), ("long", "", "x")], width=40) == ["a     b  c", "long     x"]
    assert table([], width=40) == []


def test_wide_cells_are_wrapped_to_the_width() -> None:
    lines = table([("key", "one two three four five six", "x" * 30)], width=32, indent="  ")

    assert lines == [
        "  key  one two      xxxxxxxxxxxx",
        "       three four   xxxxxxxxxxxx",
        "       five six     xxxxxx",
    ]
    assert max(map(len, lines)) <= 32


def test_characters_of_two_columns_count_as_two() -> None:
    assert table([("漢字", "x"), ("abcd", "y")], width=40) == ["漢字  x", "abcd  y"]


def test_values_can_do_nothing_to_a_terminal() -> None:
    assert show("a\x1b[2J\u202e\n") == "'a\\x1b[2J\\u202e\\n'"
    assert show({"b", "a"}) == "{'a', 'b'}"
    assert show(set()) == "set()"
    assert show(["x" * 400])[-3:] == "..."
    assert plain("a\x1b[2J\nb\u202ec") == "a [2J b c"

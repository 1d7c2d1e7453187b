"""Numbers of things in the lines of a log."""

from deployments.configs.words import counted


def test_one_is_one_and_all_others_are_many() -> None:
    assert [counted(number, "file") for number in (0, 1, 2, 1_234)] == ["0 files", "1 file", "2 files", "1,234 files"]

"""Rows of a form that are added and removed by its buttons, where no script does it; pure."""

from collections.abc import Mapping, Sequence

from catalog.schemas.form_names import MAX_ROWS, ROWS, Posted, rows_of

# The buttons; the value of `ADD` is the name of a list, that of `REMOVE` the name of a row.
ADD, REMOVE = "add-row", "remove-row"


def edit_rows(posted: Posted) -> dict[str, Sequence[str]] | None:
    """What was posted with the rows as its button asks, None if it was another button."""
    if posted.get(ADD):
        return _add_row(posted, posted[ADD][-1])
    if posted.get(REMOVE):
        return _remove_row(posted, posted[REMOVE][-1])
    return None


def _add_row(posted: Posted, name: str) -> dict[str, Sequence[str]]:
    numbers = rows_of(posted, name)
    if len(numbers) >= MAX_ROWS:
        return dict(posted)
    # The page shows one row where none is.
    free = max((int(number) for number in numbers), default=0) + 1
    return {**posted, f"{name}{ROWS}": [*(numbers or ["0"]), str(free % 10_000)]}


def _remove_row(posted: Posted, row: str) -> dict[str, Sequence[str]]:
    """Without what was typed into it, for the number may be given again."""
    name, _, number = row.rpartition("/")
    left: Mapping[str, Sequence[str]] = {
        each: values for each, values in posted.items() if each != row and not each.startswith((f"{row}/", f"{row}~"))
    }
    return {**left, f"{name}{ROWS}": [each for each in rows_of(posted, name) if each != number]}

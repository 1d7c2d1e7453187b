"""What a command writes: results on standard output, everything about them on standard error.

On a terminal results are tables that fit its width; in a pipe they are lines of fields with tabs between them, whole,
and without headings and colours; with `--json` they are JSON.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, NoReturn, Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from registry_client.cli.codes import CommandError
from registry_client.cli.texts import one_line, visible

# A first column may take as much of the width as 1 by this.
MOST_OF_WIDTH = 1.5
STATE_STYLES = {"deprecated": "yellow", "disabled": "red", "removed": "red", "added": "green", "changed": "yellow"}


class Bar(Protocol):
    """How far long work is."""

    def begin(self, title: str, total: int | None = None) -> None: ...

    def advance(self, count: int = 1) -> None: ...


class PipeConsole(Console):
    """A pipe that nobody reads any more is for whoever runs the command; rich would end the process."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


class Screen:
    """`as_json`: results are JSON, and so is an error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            _forgive_characters(stream)
        self.out, self.err = _console(sys.stdout), _console(sys.stderr)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at the results."""
        return self.out.is_terminal

    @property
    def is_watched(self) -> bool:
        """Whether somebody looks at what is said meanwhile."""
        return sys.stderr.isatty() and not self.err.is_dumb_terminal

    def json(self, value: Any) -> None:
        self._write(json.dumps(value, indent=2, ensure_ascii=not self._is_unicode) + "\n")

    def json_line(self, value: Any) -> None:
        """One of a stream."""
        self._write(json.dumps(value, ensure_ascii=not self._is_unicode) + "\n")
        sys.stdout.flush()

    def line(self, text: str = "", *, style: str = "") -> None:
        """A line of the result, however long."""
        if not self.is_terminal:
            # As it is: rich would turn tabs into spaces.
            self._write(f"{visible(text)}\n")
            return
        self.out.print(Text(visible(text), style=style), soft_wrap=True)

    def paragraph(self, text: str, *, style: str = "", indent: int = 0) -> None:
        """Wrapped on a terminal."""
        if not self.is_terminal:
            self.line(f"{' ' * indent}{text}")
            return
        table = Table.grid(padding=0)
        table.add_column(width=indent)
        table.add_column(overflow="fold")
        table.add_row("", Text(visible(text), style=style))
        self.out.print(table)

    def rows(self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, styles: Sequence[str] = ()) -> None:
        """A table, or fields with tabs between them. `styles`: one for each row."""
        if not self.is_terminal:
            for row in rows:
                self._write("\t".join(map(one_line, row)) + "\n")
            return
        if not rows:
            return
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        # Names stay in one piece, for whoever copies them, as long as that leaves room for the rest.
        longest = max(cell_len(row[0]) for row in rows)
        for number, heading in enumerate(headings):
            is_whole = number == 0 and longest * MOST_OF_WIDTH <= self.out.width
            table.add_column(heading, overflow="fold", no_wrap=is_whole)
        for number, row in enumerate(rows):
            style = styles[number] if number < len(styles) else ""
            table.add_row(*(Text(visible(field), style=STATE_STYLES.get(field, "")) for field in row), style=style)
        self.out.print(table)

    def facts(self, facts: Mapping[str, str]) -> None:
        """Names and values below each other."""
        if not self.is_terminal:
            for name, value in facts.items():
                self._write(f"{name}\t{one_line(value)}\n")
            return
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts.items():
            table.add_row(name, Text(visible(value), style=STATE_STYLES.get(value, "")))
        self.out.print(table)

    def note(self, text: str, *, style: str = "dim") -> None:
        """Beside the result, and not with `--json`."""
        if not self.as_json:
            self.err.print(Text(visible(text), style=style), soft_wrap=not self.err.is_terminal)

    def warn(self, text: str) -> None:
        """On standard error, also with `--json`."""
        self._say("Warning", "yellow", text)

    def error(self, error: CommandError) -> None:
        if self.as_json:
            members = {"code": int(error.code), "name": error.code.word, "message": error.message, "hint": error.hint}
            sys.stderr.write(json.dumps({"error": {**members, "errors": error.errors}}) + "\n")
            return
        self._say("Error", "bold red", error.message)
        for one in error.errors:
            place = " ".join(str(one[name]) for name in ("key", "path") if one.get(name))
            told = f"{place}: {one.get('message')}" if place else str(one.get("message"))
            self.err.print(Text(visible(f"  {told}")), soft_wrap=not self.err.is_terminal)
        if error.hint:
            self._say("Hint", "cyan", error.hint)

    @contextmanager
    def progress(self) -> Iterator[Bar]:
        """A bar on standard error while the block runs, if somebody looks."""
        if self.as_json or not self.is_watched:
            yield NoBar()
            return
        columns = (
            SpinnerColumn("line" if self.err.options.ascii_only else "dots"),
            TextColumn("{task.description}"),
            KnownBar(bar_width=24),
            Count(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.err, transient=True) as progress:
            yield RichBar(progress)

    @contextmanager
    def waiting(self, text: str) -> Iterator["Spinner"]:
        """Says what is waited for: a spinner on a terminal, else a line whenever it changes."""
        spinner = Spinner(self, text)
        try:
            yield spinner
        finally:
            spinner.stop()

    @property
    def _is_unicode(self) -> bool:
        return (self.out.encoding or "").lower().startswith("utf")

    def _say(self, word: str, style: str, text: str) -> None:
        said = Text.assemble((f"{word}: ", style), visible(text))
        self.err.print(said, soft_wrap=not self.err.is_terminal)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)


class KnownBar(BarColumn):
    """Nothing while nobody knows how much there is."""

    def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
        return super().render(task) if task.total is not None else Text()


class Count(ProgressColumn):
    """3/46."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.completed:.0f}/{task.total:.0f}" if task.total is not None else "")


class NoBar:
    """Nobody looks."""

    def begin(self, title: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, count: int = 1) -> None:
        """Nothing."""


class RichBar:
    """One bar at a time; a new one takes the place of the last."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, visible=False)

    def begin(self, title: str, total: int | None = None) -> None:
        self._progress.reset(self._task, description=title, total=total, visible=True)

    def advance(self, count: int = 1) -> None:
        self._progress.advance(self._task, count)


class Spinner:
    """What is waited for now."""

    def __init__(self, screen: Screen, text: str) -> None:
        self._screen, self._text = screen, ""
        self._status = screen.err.status("") if screen.is_watched and not screen.as_json else None
        if self._status:
            self._status.start()
        self.say(text)

    def say(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        if self._status:
            self._status.update(Text(visible(text)))
        else:
            self._screen.note(text)

    def stop(self) -> None:
        if self._status:
            self._status.stop()


def _console(stream: IO[str]) -> Console:
    return PipeConsole(file=stream, highlight=False, markup=False, emoji=False)


def _forgive_characters(stream: IO[str]) -> None:
    """A terminal without a character shows its escape; it never is a reason to fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")

"""`manage.py import_stack_metadata FILE`: bring a hard-coded STACK_METADATA in; docs/moving-in.md has the mapping."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.imports import count_writes
from catalog.actions.moving_in import Move, check_parity, move_in, try_moving_in
from catalog.documents.legacy.modules import ModuleError
from catalog.documents.legacy.outcome import Choices, Complaint
from catalog.documents.legacy.parity import ABSENT, Compared, Parity
from catalog.documents.legacy.source import MAX_BYTES, read_dictionary
from catalog.management.imports import count_wrong, import_lines
from catalog.management.people import find_person
from catalog.management.tables import plain, show, table, width_of
from catalog.models.choices import StackCategory


class Command(BaseCommand):
    help = "Import a hard-coded STACK_METADATA; without --apply, only say what would happen. The file is never run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the Python module with STACK_METADATA, or JSON")
        parser.add_argument("--by", metavar="USERNAME", help="the person on whose behalf; needed but for --check")
        parser.add_argument("--apply", action="store_true", help="write it, if nothing is refused")
        parser.add_argument("--check", action="store_true", help="only compare; exit 1 while something differs")
        parser.add_argument("--note", default="", help="the change note of every entry")
        parser.add_argument(
            "--category", action="append", default=[], metavar="TYPE=FOLDER", help="the folder of a stack type"
        )
        parser.add_argument(
            "--leave-out", action="append", default=[], metavar="MEMBER", help="a member that may be lost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        self.width = width_of(self.stdout)
        choices = Choices(folders=_read_folders(options["category"]), left_out=frozenset(options["leave_out"]))
        if options["check"] and options["apply"]:
            raise CommandError("Say --check or --apply, not both.")
        source = _read(path)
        if options["check"]:
            self._check(source, choices)
            return
        person = find_person(options["by"])
        if person is None:
            raise CommandError("Say on whose behalf: --by USERNAME.")
        move = try_moving_in(source, choices, by=person)
        self._show(move)
        if not options["apply"]:
            self._print_forms(move.parity.other_forms)
            self._print_parity(move.parity, "would be compared after this import")
            self.stdout.write("Nothing was written. Say --apply to import it.")
            return
        if count_writes(move.rows):
            note = options["note"] or f"Moved in from {path.name}"
            try:
                move_in(move, file_name=path.name, note=note, by=person)
            except RefusedError as error:
                raise CommandError(str(error)) from error
            self.stdout.write("Imported; each entry that changed has a draft to approve.")
        else:
            self.stdout.write("Nothing was written: the registry says all of this already.")
        parity, _ = check_parity(source, choices)
        self._print_parity(parity, "compared")

    def _show(self, move: Move) -> None:
        """Raises CommandError if anything is refused."""
        complaints = move.mapped.complaints
        if complaints:
            rows = [(plain(each.path) or "the dictionary", plain(each.message)) for each in sorted(complaints)]
            self._print(table(rows, width=self.width))
            raise CommandError(_refusal(complaints))
        self._print(import_lines(move.rows, move.before, width=self.width))
        wrong = count_wrong(move.rows)
        if wrong:
            raise CommandError(f"Nothing was imported: {wrong} of {len(move.rows)} entries cannot be saved.")

    def _check(self, source: Any, choices: Choices) -> None:
        parity, others = check_parity(source, choices)
        self._print_forms(parity.other_forms)
        self._print_parity(parity, "compared")
        if others:
            self.stdout.write(f"{others:,} other stack{pluralize(others)} only the registry has.")
        if parity.differences or not parity.compared:
            raise CommandError("The dictionary and the registry do not say the same.")

    def _print_forms(self, forms: Sequence[Compared]) -> None:
        if forms:
            self.stdout.write("The same in another form; programs read what stands on the right:")
            self._print(_compared_lines(forms, self.width))

    def _print_parity(self, parity: Parity, done: str) -> None:
        count = len(parity.differences)
        self.stdout.write(f"{parity.compared:,} keys {done}, {count:,} difference{pluralize(count)}.")
        self._print(_compared_lines(parity.differences, self.width))

    def _print(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _compared_lines(compared: Sequence[Compared], width: int) -> list[str]:
    rows = [
        (plain(each.path), show(each.embedded), "(not there)" if each.registry is ABSENT else show(each.registry))
        for each in compared
    ]
    return (
        table([("in the dictionary", "value there", "value of the registry"), *rows], width=width, indent="  ")
        if rows
        else []
    )


def _refusal(complaints: Sequence[Complaint]) -> str:
    unknown = sorted({each.unknown for each in complaints if each.unknown})
    text = f"Nothing was imported: {len(complaints)} thing{pluralize(len(complaints))} cannot be kept."
    if unknown:
        text += " To go on without " + ("it" if len(unknown) == 1 else "them") + ", say "
        text += " ".join(f"--leave-out {plain(name)}" for name in unknown)
    return text


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return read_dictionary(content, file_name=path.name)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except ModuleError as error:
        raise CommandError("\n".join(f"{path}:{plain(str(mistake))}" for mistake in error.mistakes)) from error


def _read_folders(given: Sequence[str]) -> dict[str, str]:
    folders = {}
    for text in given:
        stack_type, equals, folder = text.partition("=")
        if not equals or folder not in StackCategory.values:
            raise CommandError(f"--category {text}: say TYPE=FOLDER with one of {', '.join(StackCategory.values)}.")
        folders[stack_type] = folder
    return folders

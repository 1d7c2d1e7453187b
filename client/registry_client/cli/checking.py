"""`validate`: documents of entries and configs, judged by the registry itself before anybody sends them."""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from registry_client.cli.api.http import Api
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.completion import complete_entries
from registry_client.cli.options import calling, refuse_usage, register
from registry_client.cli.screen import Bar
from registry_client.cli.session import Calling
from registry_client.cli.texts import counted

KINDS = ("provider", "builder", "stack")
# Copies at fixed paths have these beside the document.
STAMPS = ("last_updated", "serial")
MAX_BYTES = 1_000_000
DESCRIBED = "A document has a provider_name, builder_name or stack_name; for a config, say whose it is: --config-of."


@dataclass(frozen=True, slots=True)
class Verdict:
    """`what`: the kind of a document, or the entry whose config it is; None if it could not be read."""

    file: str
    what: str | None
    errors: list[dict[str, Any]]
    warnings: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "valid": not self.errors,
            "judged_as": self.what,
            "errors": self.errors,
            "warnings": self.warnings,
        }


def add_commands(app: typer.Typer) -> None:
    register(app, "validate", calling, validate_files)


def validate_files(
    session: Calling,
    *,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="JSON files, folders of them, or - for standard input.")
    ],
    config_of: Annotated[
        str | None,
        typer.Option(
            "--config-of",
            metavar="ENTRY",
            help="They are configs for this provider or builder, such as providers/source/github.",
            autocompletion=complete_entries,
        ),
    ] = None,
) -> int:
    """Check documents and configs.

    Documents of entries are told by their members; configs need --config-of. Every problem of every file is listed.
    """
    address = _config_address(config_of) if config_of else None
    found = list(_find_files(files))
    with session.api(needs_token=False) as api, session.screen.progress() as bar:
        bar.begin("Files", len(found))
        verdicts = [_judge(api, name, address, bar) for name in found]
    wrong = [verdict for verdict in verdicts if verdict.errors]
    if session.screen.as_json:
        session.screen.json({"valid": not wrong, "files": [verdict.as_json() for verdict in verdicts]})
    else:
        _show(session, verdicts, len(wrong))
    return Code.REFUSED if wrong else Code.OK


def _judge(api: Api, name: str, address: str | None, bar: Bar) -> Verdict:
    bar.advance()
    try:
        document = _read(name)
    except ValueError as error:
        return Verdict(name, None, [{"path": "", "code": "json", "message": str(error)}], [])
    path = address
    if path is None:
        kind = next((kind for kind in KINDS if f"{kind}_name" in document), None)
        if kind is None:
            return Verdict(name, None, [{"path": "", "code": "kind", "message": f"What is this? {DESCRIBED}"}], [])
        path = f"schemas/{kind}"
        document = {member: value for member, value in document.items() if member not in STAMPS}
    answer = api.look(f"{path}/validate", document)
    return Verdict(name, path.removeprefix("schemas/"), list(answer["errors"]), list(answer["warnings"]))


def _config_address(entry: str) -> str:
    """`providers/source/github`, `source/github` or `builders/hugo`, as the API has it."""
    parts = entry.strip("/").removesuffix(".json").split("/")
    folder = parts[0] if parts[0] in ("providers", "builders") else "providers"
    names = parts[1:] if parts[0] == folder else parts
    if not names or len(names) > 2 or not all(name.replace("-", "").replace("_", "").isalnum() for name in names):
        hint = "Such as providers/source/github or builders/hugo."
        raise refuse_usage(f"{entry} is no provider or builder.", hint=hint)
    return "/".join([folder, *names])


def _find_files(given: Iterable[str]) -> Iterator[str]:
    """Folders stand for all JSON files below them."""
    for name in given:
        path = Path(name)
        if name == "-" or path.is_file():
            yield name
        elif path.is_dir():
            inside = sorted(str(file) for file in path.rglob("*.json") if file.is_file())
            if not inside:
                raise CommandError(Code.NOT_FOUND, f"{name} has no JSON files.")
            yield from inside
        else:
            raise CommandError(Code.NOT_FOUND, f"There is no file {name}.")


def _read(name: str) -> dict[str, Any]:
    """Raises ValueError with what is wrong, OSError."""
    if name == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with Path(name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"It has more than {MAX_BYTES:,} bytes.")
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_refuse_twice, parse_constant=_refuse, parse_float=_number
        )
        # Half a character can be written (\ud800), but not sent.
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"It has half of a character: \\u{ord(error.object[error.start]):04x}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"It is no UTF-8: {error.reason} at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"It is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error
    if not isinstance(document, dict):
        raise ValueError("It is no JSON object.")  # noqa: TRY004 - one error for all that is no document
    return document


def _refuse_twice(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Programs differ in which of two they take."""
    names = [name for name, _ in members]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"It has {twice!r} twice in one object.")
    return dict(members)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is a larger number than programs can hold.")
    return number


def _show(session: Calling, verdicts: Iterable[Verdict], wrong: int) -> None:
    count = 0
    for verdict in verdicts:
        count += 1
        for kind, problems in (("error", verdict.errors), ("warning", verdict.warnings)):
            for problem in problems:
                place = f" {problem['path']}" if problem.get("path") else ""
                session.screen.line(
                    f"{verdict.file}:{place} {kind}: {problem['message']}",
                    style="red" if kind == "error" else "yellow",
                )
        if not verdict.errors:
            session.screen.line(f"{verdict.file}: valid ({verdict.what})", style="green")
    if count > 1:
        session.screen.note(f"{counted(count, 'file')}, {wrong} with errors.")

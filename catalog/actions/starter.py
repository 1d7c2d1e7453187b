"""Load the starter catalogue: JSON files laid out like the published tree, one document each."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.actions.approvals import approve
from catalog.actions.direction import saving_problems
from catalog.actions.entries import save_entry
from catalog.actions.errors import InvalidDocumentError, RefusedError
from catalog.actions.revisions import Change
from catalog.documents.mapping import key_of, kind_of
from catalog.models import find_entry
from catalog.models.history import RevisionSource
from catalog.schemas.validation import Problem

STARTER_FOLDER = Path(__file__).resolve().parent.parent / "starter"
# What others refer to comes first.
FOLDERS = ("builders", "providers", "stacks")


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file that was read: where it lies, its key, kind and document."""

    path: Path
    key: str
    kind: str
    document: dict[str, Any]


def read_starter_files(folder: Path = STARTER_FOLDER) -> list[StarterFile]:
    """Every file of the starter catalogue, in the order to load them.

    Raises RefusedError that names every file and line that is wrong.
    """
    files, wrong = [], []
    for path in _paths(folder):
        try:
            files.append(_read_file(path, path.relative_to(folder).with_suffix("").as_posix()))
        except RefusedError as error:
            wrong.append(str(error))
    if wrong:
        raise RefusedError("\n".join(wrong))
    if not files:
        raise RefusedError(f"{folder} has no builders, providers or stacks.")
    return files


@transaction.atomic
def load_starter_catalog(folder: Path = STARTER_FOLDER, *, approved: bool = True) -> dict[str, int]:
    """Bring the catalogue to the starter files; counts of what was `created`, `changed` and `unchanged`.

    Only entries that nobody has edited since are brought up to date: people's work is never overwritten (`kept`).
    """
    counts = {"created": 0, "changed": 0, "unchanged": 0, "kept": 0}
    for file in read_starter_files(folder):
        try:
            counts[_load(file, approved=approved)] += 1
        except InvalidDocumentError as error:
            text = file.path.read_text(encoding="utf-8")
            raise RefusedError(_locate(file.path, text, error.problems)) from error
        except RefusedError as error:
            raise RefusedError(f"{file.path}:1: {error}") from error
    return counts


def _load(file: StarterFile, *, approved: bool) -> str:
    entry = find_entry(file.key)
    latest = entry.latest_revision if entry else None
    if latest and latest.source != RevisionSource.STARTER:
        return "kept"
    change = Change(by=None, note="Starter catalogue", source=RevisionSource.STARTER)
    revision = save_entry(file.kind, file.document, change)
    entry = find_entry(file.key)
    if entry is None or entry.latest_revision is None:
        raise RefusedError(f"{file.key} was not saved.")
    if approved and not entry.is_approved:
        approve(entry, number=entry.latest_revision.number, by=None, comment="Starter catalogue")
    if revision is None:
        return "unchanged"
    return "changed" if latest else "created"


def _paths(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        yield from sorted((folder / name).rglob("*.json"))


def _read_file(path: Path, key: str) -> StarterFile:
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise RefusedError(f"{path}:{error.lineno}: {error.msg} (column {error.colno})") from error
    except (OSError, ValueError, RecursionError) as error:
        # ValueError: no UTF-8, or a number of thousands of digits. RecursionError: nested too deeply.
        raise RefusedError(f"{path}:1: {error}") from error
    problems = saving_problems(kind_of(key), document)
    if problems:
        raise RefusedError(_locate(path, text, problems))
    if key_of(kind_of(key), document) != key:
        raise RefusedError(f"{path}:1: the document is {key_of(kind_of(key), document)}, the file's place says {key}.")
    return StarterFile(path, key, kind_of(key), document)


def _locate(path: Path, text: str, problems: Sequence[Problem]) -> str:
    return "\n".join(
        f"{path}:{_line_of(text, problem.path)}: {problem.path or 'document'} {problem.message}" for problem in problems
    )


def _line_of(text: str, pointer: str) -> int:
    """The line of the deepest member of `pointer` that stands in the text, going from member to member."""
    at = 0
    for part in pointer.split("/")[1:]:
        name = json.dumps(part.replace("~1", "/").replace("~0", "~"))
        found = text.find(f"{name}:", at)
        at = found if found >= 0 else at
    return text.count("\n", 0, at) + 1

"""Judges a folder of files without any database: each document by itself, and all of them by what they name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.actions.direction import saving_problems
from catalog.actions.errors import RefusedError
from catalog.actions.repository.folder import FileProblem, Files, find_mark, read_file, read_files
from catalog.actions.wording import plain_message
from catalog.documents.canonical import DocumentError, canonical_bytes
from catalog.documents.layout import (
    FOLDERS,
    key_at,
    normalise,
    path_of,
    schema_files,
    without_stamps,
)
from catalog.documents.mapping import Document, is_removed, key_of, kind_of, references_of
from catalog.documents.sizes import size_problems
from catalog.documents.strict_json import JsonError, read_json

WHERE = "No entry lies here: providers/<type>/<name>.json, builders/<name>.json, stacks/<category>/<name>.json."


@dataclass(slots=True)
class Tree:
    """The documents of a folder by key, as they would be recorded; `problems` are everything that is wrong.

    `keys` are those of all files, the wrong ones, too.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    problems: list[FileProblem] = field(default_factory=list)


def validate_folder(folder: Path) -> Tree:
    """Everything that is wrong with a folder. Raises RefusedError for what is no folder."""
    tree = read_tree(read_files(folder))
    if not tree.documents and not tree.problems:
        tree.problems.append(FileProblem(".", "folder", f"There are no entries in {', '.join(FOLDERS)}."))
    tree.problems += integrity_problems(tree)
    tree.problems += _schema_problems(folder)
    try:
        find_mark(folder)
    except RefusedError as error:
        tree.problems.append(FileProblem(".", "folder", str(error)))
    tree.problems.sort()
    return tree


def read_tree(files: Files) -> Tree:
    """Each file by itself."""
    tree = Tree(problems=list(files.problems))
    for path, content in files.contents.items():
        key = key_at(path)
        if not key:
            tree.problems.append(FileProblem(path, "file", WHERE))
            continue
        tree.keys.add(key)
        document, problems = _read(key, content)
        tree.problems += [FileProblem(path, place, message) for place, message in problems]
        if document is not None:
            tree.documents[key] = document
    return tree


def integrity_problems(tree: Tree) -> list[FileProblem]:
    """What documents name that is not there, names that two claim, and replacements that go round in a circle."""
    documents = tree.documents
    found = [*_reference_problems(tree), *_alias_problems(tree)]
    for key in documents:
        if _is_in_circle(key, documents):
            message = "Following the replacements would never end."
            found.append(FileProblem(path_of(key), "/lifecycle/replacement", message))
    return found


def _read(key: str, content: bytes) -> tuple[Document | None, list[tuple[str, str]]]:
    kind = kind_of(key)
    try:
        given = read_json(content)
    except JsonError as error:
        place = f"line {error.line}, column {error.column}" if error.line else ""
        return None, [(place, error.message)]
    if not isinstance(given, dict):
        return None, [("", "This must be an object.")]
    document = without_stamps(given)
    problems = size_problems(document) or saving_problems(kind, document)
    if problems:
        return None, [(problem.path, plain_message(kind, problem)) for problem in problems]
    try:
        canonical_bytes(document)
    except DocumentError as error:
        return None, [("", str(error))]
    if key_of(kind, document) != key:
        return None, [(_name_member(kind), f"The document is {key_of(kind, document)}; the file's place says {key}.")]
    return normalise(kind, document), []


def _name_member(kind: str) -> str:
    return f"/{kind}_name"


def _reference_problems(tree: Tree) -> Iterator[FileProblem]:
    for key, document in tree.documents.items():
        for pointer, named in references_of(document):
            if named not in tree.keys:
                yield FileProblem(path_of(key), pointer, f"There is no entry {named}.")
            elif is_removed(tree.documents.get(named, {})) and not is_removed(document):
                yield FileProblem(path_of(key), pointer, f"{named} is removed.")


def _alias_problems(tree: Tree) -> Iterator[FileProblem]:
    owners: dict[str, str] = {}
    for key, document in tree.documents.items():
        for at, alias in enumerate(document.get("aliases", [])):
            owner = owners.setdefault(alias, key)
            if alias == key:
                yield FileProblem(path_of(key), f"/aliases/{at}", "An entry cannot be its own alias.")
            elif alias in tree.keys:
                yield FileProblem(path_of(key), f"/aliases/{at}", f"{alias} is an entry of its own.")
            elif owner != key:
                yield FileProblem(path_of(key), f"/aliases/{at}", f"{alias} is an alias of {owner} already.")


def _is_in_circle(key: str, documents: Mapping[str, Document]) -> bool:
    at, seen = key, set[str]()
    while at in documents and at not in seen:
        seen.add(at)
        at = documents[at].get("lifecycle", {}).get("replacement", "")
    return at == key and bool(seen)


def _schema_problems(folder: Path) -> Iterator[FileProblem]:
    """Copies of schemas that are not the released ones: what an editor of files is told by them would be wrong."""
    for path, released in schema_files().items():
        if not (folder / path).exists() and not (folder / path).is_symlink():
            continue
        content = read_file(folder, path)
        if isinstance(content, FileProblem):
            yield content
        elif not _is_same_json(content, released):
            yield FileProblem(path, "file", "This is not the released schema; export_registry brings it back.")


def _is_same_json(content: bytes, released: bytes) -> bool:
    try:
        return bool(read_json(content) == json.loads(released))
    except JsonError:
        return False

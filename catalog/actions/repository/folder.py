"""The folder itself: reads and writes plain files below it, and nothing that leads elsewhere."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.actions.errors import RefusedError
from catalog.documents.layout import FOLDERS, MARK, Mark, MarkError, read_mark

MAX_FILE_BYTES = 1_000_000
# As many as the largest registry that was tried, and some.
MAX_FILES = 200_000
# Beside entries people may explain them.
IGNORED_SUFFIXES = (".md",)
# Entries lie two folders deep at most; what is deeper is named, not walked.
MAX_DEPTH = 4


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """What is wrong with a file: its path in the folder, JSON Pointer or place in it (may be empty), a message."""

    path: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.place or 'document'}: {self.message}"


@dataclass(slots=True)
class Files:
    """Path -> content of every file in the folders of entries; `problems` are those that could not be read."""

    contents: dict[str, bytes] = field(default_factory=dict)
    problems: list[FileProblem] = field(default_factory=list)


def read_files(folder: Path) -> Files:
    """Everything below providers/, builders/ and stacks/. Raises RefusedError for what is no folder."""
    try:
        is_folder = folder.is_dir()
    except OSError as error:
        raise RefusedError(f"{folder} cannot be read: {error.strerror}.") from error
    if not is_folder:
        raise RefusedError(f"{folder} is no folder.")
    files = Files()
    for name in FOLDERS:
        for path in _walk(folder, name, files):
            if len(files.contents) + len(files.problems) >= MAX_FILES:
                raise RefusedError(f"{folder} has more than {MAX_FILES:,} files.")
            content = read_file(folder, path)
            if isinstance(content, FileProblem):
                files.problems.append(content)
            else:
                files.contents[path] = content
    return files


def read_file(folder: Path, path: str) -> bytes | FileProblem:
    """The content of a regular file that is not too large; links are never followed."""
    try:
        descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return FileProblem(path, "file", f"It cannot be read: {error.strerror}.")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return FileProblem(path, "file", "This is no file.")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        return FileProblem(path, "file", f"It has more than {MAX_FILE_BYTES:,} bytes.")
    return content


def find_mark(folder: Path) -> Mark | None:
    """What was exported here; None if nothing was. Raises RefusedError for a mark that is damaged."""
    if not (folder / MARK).exists() and not (folder / MARK).is_symlink():
        return None
    content = read_file(folder, MARK)
    if isinstance(content, FileProblem):
        raise RefusedError(str(content))
    try:
        return read_mark(content)
    except MarkError as error:
        raise RefusedError(f"{folder / MARK}: {error}") from error


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Each whole or not at all. Raises RefusedError where a link is in the way, or the disk says no."""
    for path, content in contents.items():
        refuse_links(folder, path)
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(f".{target.name}.new")
            new.unlink(missing_ok=True)
            # Only a file that was not there: not through a link that somebody has put in its place.
            with new.open("xb") as file:
                file.write(content)
            new.replace(target)
        except OSError as error:
            raise RefusedError(f"{target} cannot be written: {error.strerror}.") from error


def remove_file(folder: Path, path: str) -> None:
    """The file, and the folders that are empty without it."""
    refuse_links(folder, path)
    try:
        (folder / path).unlink(missing_ok=True)
        for parent in (folder / path).relative_to(folder).parents:
            if parent.parts and not any((folder / parent).iterdir()):
                (folder / parent).rmdir()
    except OSError as error:
        raise RefusedError(f"{folder / path} cannot be removed: {error.strerror}.") from error


def refuse_links(folder: Path, path: str) -> None:
    """Raises RefusedError if a part of the path is a link: what is written there could land anywhere."""
    at = folder
    for part in Path(path).parts:
        at /= part
        if at.is_symlink():
            raise RefusedError(f"{at} is a link; nothing is written through it.")


def _walk(folder: Path, name: str, files: Files) -> Iterator[str]:
    """Paths of files below `name`, sorted; links and folders that cannot be read are problems."""
    if not _is_folder(folder, name, files):
        return
    try:
        children = sorted(os.scandir(folder / name), key=lambda child: child.name)
    except OSError as error:
        files.problems.append(FileProblem(name, "file", f"It cannot be read: {error.strerror}."))
        return
    for child in children:
        path = f"{name}/{child.name}"
        if child.name.startswith(".") or child.name.lower().endswith(IGNORED_SUFFIXES):
            continue
        if child.is_symlink():
            files.problems.append(FileProblem(path, "file", "This is a link; write the file itself."))
        elif child.is_dir(follow_symlinks=False) and path.count("/") < MAX_DEPTH:
            yield from _walk(folder, path, files)
        else:
            yield path


def _is_folder(folder: Path, name: str, files: Files) -> bool:
    at = folder / name
    if at.is_symlink() or (at.exists() and not at.is_dir()):
        files.problems.append(FileProblem(name, "file", "This must be a folder of its own, no link."))
        return False
    return at.is_dir()


def is_empty(folder: Path) -> bool:
    """Whether nobody has anything there; a new repository of Git counts as empty."""
    return not any(child.name != ".git" for child in folder.iterdir())

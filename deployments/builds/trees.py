"""Trees that strangers have filled: finding a folder in one, reading small files of it, copying what is a website.

Links are followed only to files of the same tree. Nothing else may write to the tree meanwhile.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.contract import PermanentError

SMALL_BYTES = 256 << 10
MOST_FILES = 200_000
MOST_BYTES = 4 << 30


def folder_in(tree: Path, name: str, *, what: str) -> Path:
    """The folder `name` of the tree, without links in its path. Raises PermanentError, which calls it `what`."""
    root = tree.resolve(strict=True)
    try:
        found = (root / name).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise PermanentError(f"There is no {what} {name!r}.", hint="Look at its name in the config.") from error
    if not found.is_relative_to(root):
        raise PermanentError(f"The {what} {name!r} is a link out of the source.", hint="Use a real folder.")
    if not found.is_dir():
        raise PermanentError(f"The {what} {name!r} is no folder.", hint="Look at its name in the config.")
    return found


def read_small(tree: Path, name: str) -> str:
    """The beginning of a file of the tree; empty if there is none, or only a link or something else."""
    path = tree / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open("rb") as file:
            return file.read(SMALL_BYTES).decode(errors="replace")
    except OSError:
        return ""


def has(tree: Path, *names: str) -> bool:
    """Whether any of the names is there, a link to nowhere included."""
    return any(os.path.lexists(tree / name) for name in names)


@dataclass(slots=True)
class Copied:
    files: int = 0
    size_bytes: int = 0

    def count(self, size: int) -> None:
        self.files, self.size_bytes = self.files + 1, self.size_bytes + size
        if self.files > MOST_FILES:
            raise PermanentError(f"There are more than {MOST_FILES:,} files.", hint="Leave some of them out.")
        if self.size_bytes > MOST_BYTES:
            raise PermanentError(f"There is more than {MOST_BYTES >> 30} GB.", hint="Leave some of the files out.")


def copy_site(
    folder: Path, into: Path, *, tree: Path, check: Callable[[], None], exclude: Sequence[str] = ()
) -> Copied:
    """Copy the files of `folder`, part of `tree`, into the folder `into`, as plain files with mode 0644.

    Raises PermanentError for links to folders or out of the tree, and for what is neither a file nor a folder.
    """
    root, copied = tree.resolve(strict=True), Copied()
    for name, path in _files(folder, prefix="", exclude=exclude):
        check()
        real = _real_file(path, name=name, root=root)
        copied.count(real.stat().st_size)
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real, target, follow_symlinks=False)
        target.chmod(0o644)
    return copied


def _files(folder: Path, *, prefix: str, exclude: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Each file by its name below the top, in order; whatever is no folder counts as one."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if is_excluded(name, exclude=exclude):
            continue
        _check_name(name)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), prefix=f"{name}/", exclude=exclude)
        else:
            yield name, Path(entry.path)


def _real_file(path: Path, *, name: str, root: Path) -> Path:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise PermanentError(f"{name!r} is a link to nowhere.", hint="Remove it, or leave it out.") from error
    if not real.is_relative_to(root):
        raise PermanentError(f"{name!r} is a link out of the source.", hint="Put a copy of the file in its place.")
    if real.is_dir():
        raise PermanentError(f"{name!r} is a link to a folder.", hint="Put a copy of the folder in its place.")
    if not real.is_file():
        raise PermanentError(f"{name!r} is neither a file nor a folder.", hint="Remove it, or leave it out.")
    return real


def _check_name(name: str) -> None:
    """Targets store names as text."""
    if not name.isprintable():
        raise PermanentError(f"The file name {name!r} has characters that cannot be shown.", hint="Rename the file.")


def is_excluded(name: str, *, exclude: Sequence[str]) -> bool:
    """Whether a pattern is the whole name from the top, or, without a slash in it, that of the file or folder."""
    own = name.rpartition("/")[2]
    return any(_matches(name if "/" in each.strip("/") else own, each.strip("/")) for each in exclude)


def _matches(text: str, pattern: str) -> bool:
    """Only `*` has a meaning: any characters. Linear, whatever the pattern."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True

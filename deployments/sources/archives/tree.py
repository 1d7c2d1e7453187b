"""Writing files below a folder so that nothing in it, link or otherwise, can lead the writer elsewhere."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deployments.sources.archives.limits import refused
from deployments.sources.archives.names import Parts

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
TAKEN = frozenset({errno.EEXIST, errno.ENOTDIR, errno.ELOOP, errno.EISDIR})


class Tree:
    """The folder `root`, which must be there and empty.

    Each folder of a path is opened relative to the one above it and never through a symbolic link; a file must be new.
    Symbolic links are remembered and made by `make_links`, when nothing is written any more.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._links: dict[Parts, str] = {}

    def add_folder(self, parts: Parts) -> None:
        with _refusing(parts), self._folder(parts):
            pass

    def add_file(self, parts: Parts, content: Iterable[bytes], *, is_executable: bool = False) -> None:
        with _refusing(parts), self._folder(parts[:-1]) as folder:
            mode = 0o755 if is_executable else 0o644
            with os.fdopen(os.open(parts[-1], FILE_FLAGS, mode, dir_fd=folder), "wb") as file:
                for chunk in content:
                    file.write(chunk)

    def add_link(self, parts: Parts, target: str) -> None:
        """The target has been judged by `check_target`."""
        if parts in self._links:
            raise refused("is there twice", name="/".join(parts))
        self._links[parts] = target

    def make_links(self) -> None:
        """Make them all, then see where each leads: a link to nothing is left alone, a circle or a way out is not."""
        for parts, target in self._links.items():
            with _refusing(parts), self._folder(parts[:-1]) as folder:
                os.symlink(target, parts[-1], dir_fd=folder)
        root = os.path.realpath(self._root, strict=True)
        for parts in self._links:
            self._check_end(parts, root)

    def _check_end(self, parts: Parts, root: str) -> None:
        name = "/".join(parts)
        try:
            end = os.path.realpath(self._root.joinpath(*parts), strict=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise refused(f"is a symbolic link that leads nowhere: {error.strerror}", name=name) from error
        if end != root and not end.startswith(f"{root}{os.sep}"):
            raise refused("is a symbolic link that leads out of its folder", name=name)

    @contextmanager
    def _folder(self, parts: Parts) -> Iterator[int]:
        """A descriptor of the folder; it and those above it are made if they are missing."""
        with ExitStack() as stack:
            folder = os.open(self._root, FOLDER_FLAGS)
            stack.callback(os.close, folder)
            for part in parts:
                try:
                    below = os.open(part, FOLDER_FLAGS, dir_fd=folder)
                except FileNotFoundError:
                    os.mkdir(part, 0o755, dir_fd=folder)
                    below = os.open(part, FOLDER_FLAGS, dir_fd=folder)
                stack.callback(os.close, below)
                folder = below
            yield folder


@contextmanager
def _refusing(parts: Parts) -> Iterator[None]:
    """A name that is taken is the archive's fault; a full disk is not, and goes on to the runner."""
    try:
        yield
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        raise refused("is there twice", name="/".join(parts)) from error

"""From a remote to files: one commit is fetched, counted, and checked out without anything of git's own.

Submodules are fetched as repositories of their own, by the same rules: git's own way would take addresses and settings
from files that strangers wrote.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deployments.contract import Context, PermanentError
from deployments.network.rules import Rules
from deployments.sources.archives.limits import LIMITS, Limits, show
from deployments.sources.archives.names import clean_name, split_path
from deployments.sources.git_repository import Remote, Repository, TreeEntry

MAX_SUBMODULES = 50
MAX_DEPTH = 4
SHOWN_NAMES = 8
# A list of names or submodules that is longer is not shown or followed.
MAX_READ_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class At:
    """A fetched commit and the empty folder that its files go to, or those of a folder in it."""

    repository: Repository
    remote: Remote
    commit: str
    into: Path
    subfolder: str = ""

    @property
    def below(self) -> str:
        return "/".join(split_path(self.subfolder))


@dataclass(slots=True)
class Checkout:
    """What one deployment checks out: the repository, and the submodules in it. `folder` is for repositories."""

    folder: Path
    rules: Rules
    context: Context
    limits: Limits = LIMITS
    entries: int = 0
    size_bytes: int = 0
    repositories: int = 0

    def open(self, remote: Remote) -> Repository:
        """A repository of our own for a remote. Raises PermanentError if the remote may not be used."""
        self.repositories += 1
        home = self.folder / f"git-{self.repositories}"
        return Repository(home, remote, rules=self.rules, context=self.context)

    def write(self, at: At) -> list[TreeEntry]:
        """Write the files; the submodules that were found among them."""
        if at.below:
            _check_folder(at)
        tree = f"{at.commit}:{at.below}"
        at.repository.read_tree(tree)
        submodules = list(self._count(at.repository.entries(tree)))
        self.context.check()
        at.repository.run("checkout-index", "--all", "--quiet", into=at.into)
        return submodules

    def write_submodules(self, submodules: Sequence[TreeEntry], *, at: At, depth: int = 1) -> None:
        """Fetch them and theirs, each by the commit that its repository names."""
        urls = _read_addresses(at) if submodules else {}
        for submodule in submodules:
            path = f"{at.below}/{submodule.path}" if at.below else submodule.path
            if path not in urls:
                self.context.log(f"Submodule {show(path)} has no address in .gitmodules; it is left empty.")
                continue
            if depth > MAX_DEPTH or self.repositories > MAX_SUBMODULES:
                raise PermanentError(
                    f"There are more than {MAX_SUBMODULES} submodules, or they lie more than {MAX_DEPTH} deep.",
                    hint="Deploy without submodules, or put the files into one repository.",
                )
            self._write_submodule(submodule, at.remote.at(_join(at.remote.url, urls[path])), at=at, depth=depth)

    def _write_submodule(self, submodule: TreeEntry, remote: Remote, *, at: At, depth: int) -> None:
        self.context.log(f"Fetching submodule {show(submodule.path)}")
        problem = self.rules.problem_of(remote.url)
        if problem:
            raise PermanentError(f"The address of submodule {show(submodule.path)} cannot be used.", hint=problem)
        inner = At(self.open(remote), remote, submodule.identifier, _real_folder(at.into, submodule.path))
        fetch_commit(inner.repository, remote, inner.commit)
        self.write_submodules(self.write(inner), at=inner, depth=depth + 1)

    def _count(self, entries: Iterator[TreeEntry]) -> Iterator[TreeEntry]:
        for entry in entries:
            self.entries += 1
            self.size_bytes += entry.size_bytes
            if entry.is_submodule:
                yield entry
        if self.entries > self.limits.entries or self.size_bytes > self.limits.total_bytes:
            raise PermanentError(
                f"The source is too large: {self.entries} files with {self.size_bytes} bytes. "
                f"It may have {self.limits.entries} files and {self.limits.total_bytes} bytes.",
                hint="Choose a subfolder, or deploy from a smaller repository.",
            )


def fetch_commit(repository: Repository, remote: Remote, wanted: str) -> None:
    """Fetch one commit, or what a full name of a ref (`refs/heads/main`) stands for, without its history."""
    repository.run("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", remote.url, wanted)


def _check_folder(at: At) -> None:
    try:
        kind = at.repository.run("cat-file", "-t", f"{at.commit}:{at.below}").strip()
    except PermanentError:
        kind = "missing"
    if kind == "tree":
        return
    hint = "Check its spelling."
    if at.repository.size_of(f"{at.commit}:") <= MAX_READ_BYTES:
        listed = at.repository.run("ls-tree", "-d", "--name-only", at.commit).splitlines()
        hint = f"Its folders are: {', '.join(listed[:SHOWN_NAMES])}." if listed else "It has no folders."
    raise PermanentError(f"There is no folder {show(at.below)} in the repository.", hint=hint)


def _read_addresses(at: At) -> Mapping[str, str]:
    """Path -> address of the submodules that `.gitmodules` speaks of."""
    pattern, blob = r"^submodule\..*\.(path|url)$", f"{at.commit}:.gitmodules"
    if not 0 < at.repository.size_of(blob) <= MAX_READ_BYTES:
        return {}
    listed = at.repository.run("config", "--blob", blob, "--null", "--get-regexp", pattern)
    found: dict[str, dict[str, str]] = {}
    for record in listed.split("\0"):
        key, _, value = record.partition("\n")
        name, _, member = key.rpartition(".")
        found.setdefault(name, {})[member] = value
    return {each["path"]: each["url"] for each in found.values() if each.keys() >= {"path", "url"}}


def _join(base: str, address: str) -> str:
    """The address of a submodule, which may be relative to that of its repository. Reference: gitmodules(5)."""
    if not address.startswith(("./", "../")):
        return address
    parts = urlsplit(base)
    folders = parts.path.rstrip("/").split("/")
    while address.startswith(("./", "../")):
        first, _, address = address.partition("/")
        if first == "..":
            folders = folders[:-1]
    return urlunsplit((parts.scheme, parts.netloc, "/".join([*folders, address]), "", ""))


def _real_folder(into: Path, path: str) -> Path:
    """The folder that git made for a submodule. Raises PermanentError if a symbolic link is on the way to it."""
    folder = into.joinpath(*clean_name(path, limits=LIMITS))
    if not folder.is_dir() or folder.resolve() != into.resolve() / folder.relative_to(into):
        raise PermanentError(f"Submodule {show(path)} is not at a folder of its own.")
    return folder

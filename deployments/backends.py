"""Finding backends by name: built-ins by import path, those of other packages by entry point; imported at first use.

It names no backend; `sources`, `builds` and `targets` do, each in one dict.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from deployments.contract import API, Backend, BackendInfo, Kind

B = TypeVar("B", bound=Backend)


class BackendMissingError(LookupError):
    """No such backend, or its package is broken; says which and why."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A backend as a list shows it: `info` if it can be loaded, else `error`; `package` that it comes from."""

    spec: str
    package: str
    info: BackendInfo | None = None
    error: str = ""


class Registry(Generic[B]):
    """The backends of one kind.

    `group` is the group of entry points where packages announce theirs (`gitea@1 = "their_package:Gitea"`); `builtin`
    maps `key@major` to `module:Class`. A package cannot replace a built-in. `contract` is the protocol that each of
    them has to follow.
    """

    def __init__(self, group: str, builtin: Mapping[str, str], *, contract: type) -> None:
        self.group = group
        self._contract = contract
        self._builtin = {spec: EntryPoint(spec, path, group) for spec, path in builtin.items()}
        self._classes: dict[str, type[B]] = {}
        self._outside: dict[str, EntryPoint] | None = None

    def get(self, spec: str) -> B:
        """A new instance of the backend `key@major`. Raises BackendMissingError, also for a package that is broken.

        A package that was installed a moment ago is found: what is not known is looked for on disk once more.
        """
        point = None if spec in self._classes else self._find(spec)
        try:
            if point is not None:
                self._classes[spec] = self._load(point)
            return self._classes[spec]()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # Whatever a package does wrong, even to end the process, it fails alone.
            package = _package_of(point or self._find(spec))
            raise BackendMissingError(f"{spec} of {package} cannot be used: {_reason_of(error)}") from error

    def specs(self) -> list[str]:
        """Every `key@major` there is, whether it can be loaded or not; imports nothing."""
        return sorted({**self._read_outside(), **self._builtin})

    def listings(self) -> Iterator[Listing]:
        """All of them, loaded; each broken one by itself. Imports every backend."""
        for spec in self.specs():
            package = _package_of(self._find(spec))
            try:
                yield Listing(spec, package, self.get(spec).info)
            except BackendMissingError as error:
                yield Listing(spec, package, error=str(error))

    def reload(self) -> None:
        """Look for packages that were installed since; what is loaded stays as it is."""
        importlib.invalidate_caches()
        self._outside = None

    def _find(self, spec: str) -> EntryPoint:
        known = self._builtin.get(spec) or self._read_outside().get(spec)
        if known is None:
            self.reload()
            known = self._read_outside().get(spec)
        if known is None:
            raise BackendMissingError(f"There is no {spec!r} among {self.group}: {', '.join(self.specs())}.")
        return known

    def _read_outside(self) -> dict[str, EntryPoint]:
        if self._outside is None:
            self._outside = {each.name: each for each in entry_points(group=self.group)}
        return self._outside

    def _load(self, point: EntryPoint) -> type[B]:
        found: type[B] = point.load()
        info = found.info
        if info.spec != point.name:
            raise BackendMissingError(f"it is announced as {point.name}, and calls itself {info.spec}")
        if info.api != API:
            raise BackendMissingError(f"it was written for version {info.api} of the contract; this is {API}")
        if missing := [name for name in _members_of(self._contract) if not hasattr(found, name)]:
            raise BackendMissingError(f"it has no {', '.join(missing)}")
        for name in ("accepts", "produces"):
            _check_kinds(getattr(found, name, ()))
        return found


def _members_of(contract: type) -> list[str]:
    """The names that a protocol asks for, and those that it takes over from another of its module."""
    bases = [base for base in contract.__mro__ if base.__module__ == contract.__module__]
    names = {name for base in bases for name in (*vars(base), *base.__annotations__)}
    return sorted(name for name in names if not name.startswith("_"))


def _check_kinds(told: str | Iterable[str]) -> None:
    """Raises ValueError, which says what is no kind."""
    for each in (told,) if isinstance(told, str) else told:
        Kind(each)


def _reason_of(error: BaseException) -> str:
    return str(error) if isinstance(error, Exception) and str(error) else f"{type(error).__name__} {error}".strip()


def _package_of(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "registry"

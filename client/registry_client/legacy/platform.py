"""The functions that a program with STACK_METADATA had, answered by the registry.

None of them needs an event loop, so each may be called from inside of a running one. It blocks that loop for as long
as a refresh takes; a program of asyncio that minds calls them in `asyncio.to_thread`.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, TypeVar

from registry_client.client import RegistryClient
from registry_client.core.registry import Reader
from registry_client.core.steps import Rule
from registry_client.errors import EntryNotFound, RegistryError, RegistryUnavailable
from registry_client.legacy.differences import Difference, find_differences
from registry_client.legacy.queries import DictionaryQuery, StackEntryQuery
from registry_client.legacy.shape import Entry

logger = logging.getLogger("registry_client.legacy")
Result = TypeVar("Result")
Dictionary = Mapping[str, Mapping[str, Any]]
# After a failure nobody asks for so long: each call would wait for the time-out.
REST_SECONDS = 30.0


def uses_registry() -> bool:
    """False if the environment's USE_REGISTRY is `false`, `0`, `no` or `off`."""
    return os.environ.get("USE_REGISTRY", "true").strip().lower() not in {"false", "0", "no", "off"}


def read_stack_metadata(client: RegistryClient) -> dict[str, Entry]:
    """The registry as STACK_METADATA: stack type -> entry, with underscores in all names, sorted by key.

    Raises RegistryUnavailable or RegistryInvalid if there is nothing good to answer from.
    """
    return client._read(DictionaryQuery())  # noqa: SLF001 - of one package


class LegacyPlatform:
    """Answers from the registry, else from the program's own dictionary; what goes wrong is logged, never raised.

    `embedded`: the program's STACK_METADATA, kept until it may go. `use_registry`: which of the two answers; None asks
    the environment's USE_REGISTRY at each call. `dual_read`: whatever answers, both are read and compared; each
    difference is logged once, and told to `on_difference`. `clock`: seconds that never go back, for tests.
    Every answer is the caller's own copy.
    """

    def __init__(
        self,
        client: RegistryClient,
        *,
        embedded: Dictionary | None = None,
        use_registry: bool | None = None,
        dual_read: bool = False,
        on_difference: Callable[[Difference], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client, self._embedded, self._given = client, embedded or {}, use_registry
        self._dual_read, self._on_difference, self._clock = dual_read, on_difference, clock
        self._rests_until = float("-inf")
        self._told: set[str] = set()
        self._warned: set[str] = set()

    def get_platform_metadata(self) -> dict[str, Entry]:
        """All stacks; empty if neither the registry nor the program has any."""
        found: dict[str, Entry] = {}
        if self._reads_registry:
            try:
                found = self._ask(DictionaryQuery())
                if self._dual_read:
                    self._tell(self.find_differences())
            except RegistryError as error:
                self._note(error)
        return found if found and self._uses_registry else {name: _copy(own) for name, own in self._embedded.items()}

    def get_stack_metadata(self, stack_type: str) -> Entry:
        """One stack by its old or new name; empty if nobody has it."""
        return self._get(stack_type) if self._reads_registry else _copy(self._embedded.get(stack_type))

    def get_stack_metadata_from_registry(self, stack_type: str) -> Entry:
        """One stack from the registry, whatever USE_REGISTRY says, else from the program; empty if nobody has it."""
        return self._get(stack_type, from_registry=True)

    def find_differences(self) -> list[Difference]:
        """What the program's dictionary says otherwise than the registry, now. Raises RegistryError."""
        return [
            difference
            for stack_type, own in self._embedded.items()
            for difference in find_differences(stack_type, own, self._find(stack_type))
        ]

    @property
    def _uses_registry(self) -> bool:
        return uses_registry() if self._given is None else self._given

    @property
    def _reads_registry(self) -> bool:
        return self._uses_registry or self._dual_read

    def _get(self, stack_type: str, *, from_registry: bool = False) -> Entry:
        own = self._embedded.get(stack_type)
        try:
            found = self._find(stack_type)
        except RegistryError as error:
            self._note(error)
            return _copy(own)
        if self._dual_read and own is not None:
            self._tell(list(find_differences(stack_type, own, found)))
        return found if found is not None and (from_registry or self._uses_registry) else _copy(own)

    def _find(self, stack_type: str) -> Entry | None:
        """None if the registry has no such stack. Raises RegistryError."""
        try:
            return self._ask(StackEntryQuery(stack_type, self._warned))
        except EntryNotFound:
            return None

    def _ask(self, query: Callable[[Reader], Rule[Result]]) -> Result:
        if self._clock() < self._rests_until:
            raise RegistryUnavailable("The registry did not answer a moment ago.")
        return self.client._read(query)  # noqa: SLF001 - of one package

    def _note(self, error: RegistryError) -> None:
        if self._clock() >= self._rests_until:
            self._rests_until = self._clock() + REST_SECONDS
            logger.warning("The program's own stacks answer, not the registry: %s", error)

    def _tell(self, differences: list[Difference]) -> None:
        for difference in differences:
            if str(difference) in self._told:
                continue
            self._told.add(str(difference))
            logger.warning("%s", difference)
            try:
                if self._on_difference:
                    self._on_difference(difference)
            except Exception:
                logger.exception("on_difference has failed")


def _copy(entry: Mapping[str, Any] | None) -> Entry:
    return deepcopy(dict(entry or {}))

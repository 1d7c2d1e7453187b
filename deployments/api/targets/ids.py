"""How services name a target: its key for the newest major, `key@major` for a certain one."""

import re

from deployments.targets import TARGETS

SPEC = re.compile("([a-z][a-z0-9-]*)@([1-9][0-9]*)")


def spec_of(target_id: str) -> str:
    """The `key@major` that an id means; the id itself where there is no such target."""
    return target_id if "@" in target_id else _newest().get(target_id, target_id)


def id_of(spec: str) -> str:
    """The id of a target: its key, if it is the newest major of it."""
    key = spec.partition("@")[0]
    return key if _newest().get(key) == spec else spec


def _newest() -> dict[str, str]:
    """Key -> `key@major`. Imports no target."""
    found = [match for match in map(SPEC.fullmatch, TARGETS.specs()) if match]
    return {match[1]: match[0] for match in sorted(found, key=lambda match: int(match[2]))}

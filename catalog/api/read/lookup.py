"""Finds one live entry by the name in an address; says where it went if it is not there any more."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rest_framework import status
from rest_framework.exceptions import NotFound

from catalog.api.addresses import MAX_NAMED, MovedError, address_of
from catalog.api.problems import ConflictError, ProblemError
from catalog.api.read.whole import live_whole
from catalog.models import ENTRY_MODELS, LiveEntry, Revision
from catalog.models.choices import Lifecycle

# What searches need and readers do not.
UNREAD = ("words", "names")


class GoneError(ProblemError):
    """It was published and then removed; `reason` and `replacement` (a key, or None) are members of the problem."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"

    def __init__(self, detail: str, *, key: str, reason: str, replacement: str | None) -> None:
        super().__init__(detail)
        self.members = {"key": key, "reason": reason, "replacement": replacement}


class AmbiguousError(ConflictError):
    """Several live entries have this slug; `candidates` are names that mean one each."""

    def __init__(self, name: str, candidates: list[str]) -> None:
        super().__init__(f"Several live entries are called {name}; say which: {', '.join(candidates)}.")
        self.members = {"candidates": candidates}


class Aliases(NamedTuple):
    """Old names of live entries: whole old keys, and (folder, last part) of them, with the keys they lead to."""

    by_key: Mapping[str, frozenset[str]]
    by_name: Mapping[tuple[str, str], frozenset[str]]


def find_live(kind: str, name: str, *, path: str = "") -> LiveEntry:
    """The live entry that `name` means: a slug (`sanity`) or a folder and a slug (`cms/sanity`).

    One query; two or three more for what is not there. Raises AmbiguousError (409), MovedError (308, to `path` with
    the new name), GoneError (410) or NotFound.
    """
    by = {"key": f"{kind}s/{name}"} if "/" in name or kind == "builder" else {"slug": name}
    found = list(LiveEntry.objects.filter(kind=kind, **by).order_by("key").defer(*UNREAD)[: MAX_NAMED + 1])
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousError(name, [address_of(entry.key) for entry in found])
    _follow_alias(kind, name, path)
    removed = _find_removed(kind, by)
    if removed:
        raise gone(removed)
    raise NotFound(f"No live {kind} is called {name}.")


def gone(revision: Revision) -> GoneError:
    """What is said of an entry whose revision says that it was removed."""
    lifecycle = revision.document["lifecycle"]
    replacement = lifecycle.get("replacement")
    instead = f" Use {replacement} instead." if replacement else ""
    return GoneError(
        f"{revision.entry_key} was removed: {lifecycle['reason']}{instead}",
        key=revision.entry_key,
        reason=lifecycle["reason"],
        replacement=replacement,
    )


def _follow_alias(kind: str, name: str, path: str) -> None:
    """Raises MovedError for an old name of one entry, AmbiguousError for one of several."""
    aliases = read_aliases(live_whole().sha256)
    if "/" in name or kind == "builder":
        keys = aliases.by_key.get(f"{kind}s/{name}", frozenset())
    else:
        keys = aliases.by_name.get((f"{kind}s", name), frozenset())
    if len(keys) > 1:
        raise AmbiguousError(name, sorted(map(address_of, keys)))
    for key in keys:
        place, slug = f"/{kind}s/", key.rpartition("/")[2]
        is_plain = LiveEntry.objects.filter(kind=kind, slug=slug).count() == 1
        base, _, rest = path.partition(f"{place}{name}")
        location = f"{base}{place}{slug if is_plain else address_of(key)}{rest}"
        raise MovedError(f"It is called {key} now.", headers={"Location": location})


@lru_cache(maxsize=2)
def read_aliases(sha256: str) -> Aliases:
    """Of the live whole with this digest. A look at all bodies, once for each publish and process."""
    by_key, by_name = defaultdict(set), defaultdict(set)
    if sha256:
        bodies = LiveEntry.objects.filter(body__contains='"aliases":[').values_list("key", "body")
        for key, body in bodies.iterator():
            for old_key in json.loads(body).get("aliases", []):
                by_key[old_key].add(key)
                by_name[old_key.partition("/")[0], old_key.rpartition("/")[2]].add(key)
    return Aliases(
        {name: frozenset(keys) for name, keys in by_key.items()},
        {name: frozenset(keys) for name, keys in by_name.items()},
    )


def _find_removed(kind: str, by: Mapping[str, str]) -> Revision | None:
    model = next(model for model in ENTRY_MODELS if model.kind == kind)
    removed = model.objects.filter(live_revision__lifecycle=Lifecycle.REMOVED, **by)
    entry = removed.select_related("live_revision").order_by("key").first()
    return entry.live_revision if entry else None

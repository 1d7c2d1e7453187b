"""What somebody should know before publishing: nothing here keeps a publish from being done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from catalog.admin.direction import isolated
from catalog.documents.mapping import references_of
from catalog.models import ENTRY_MODELS, Builder, Provider, Revision, Stack
from catalog.models.choices import Lifecycle
from catalog.publishing.plan import Change
from catalog.usage import find_users

FADING = (Lifecycle.DEPRECATED, Lifecycle.DISABLED)
# Each of these is looked for in every live stack, and services are asked for one by one.
MAX_FADING = 20
MAX_STACKS = 300
MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class Use:
    """A stack, as it will be, uses an entry."""

    stack: str
    name: str
    used: str


def plan_warnings(changes: Mapping[str, Change]) -> dict[str, list[str]]:
    """Key -> sentences, for the entries that deserve them. Seven queries at most, and those of `find_users`."""
    warnings: dict[str, list[str]] = defaultdict(list)
    for key, change in changes.items():
        if change.verb == "removed" and change.old:
            warnings[key].append("It is live, and goes away: readers who ask for it get nothing.")
    for key, newest, approved in _newer_drafts():
        warnings[key].append(f"Revision {newest} is newer, but not approved: revision {approved} is published.")
    fading = {
        key: change.new.lifecycle for key, change in changes.items() if change.new and change.new.lifecycle in FADING
    }
    planned = _planned_uses(changes)
    for key, users in _users_of(fading, [*planned, *_live_uses(changes, fading)]).items():
        warnings[key].append(f"It is {fading[key]}, and used by {_names(users)}.")
    for key, used in _fading_uses(changes, planned).items():
        which = " or ".join(sorted({lifecycle for _, lifecycle in used}))
        warnings[key].append(f"It uses what is {which}: {_names([isolated(name) for name, _ in used])}.")
    return dict(warnings)


def _newer_drafts() -> list[tuple[str, int, int]]:
    """(key, newest revision, approved one) of entries of the plan that were changed since they were approved."""
    found: list[tuple[str, int, int]] = []
    for model in ENTRY_MODELS:
        planned = model.objects.filter(Q(live_revision=None) | ~Q(live_revision=F("approved_revision")))
        newer = planned.filter(latest_revision__number__gt=F("approved_revision__number"))
        found += newer.values_list("key", "latest_revision__number", "approved_revision__number")
    return found


def _planned_uses(changes: Mapping[str, Change]) -> list[Use]:
    """What the stacks of the plan use."""
    stacks = [change.published for key, change in changes.items() if key.startswith("stacks/")]
    ids = [side.revision_id for side in stacks if side][:MAX_STACKS]
    return _uses(Revision.objects.filter(pk__in=ids)) if ids else []


def _live_uses(changes: Mapping[str, Change], fading: Iterable[str]) -> list[Use]:
    """Where other stacks, as they are live, use what fades."""
    named = Q()
    for key in list(fading)[:MAX_FADING]:
        named |= Q(live_revision__canonical__contains=f'"{key.rpartition("/")[2]}"')
    if not named:
        return []
    stacks = Stack.objects.filter(named).exclude(live_revision__lifecycle=Lifecycle.REMOVED)
    live = [stack.live_revision for stack in stacks.select_related("live_revision").only("live_revision")[:MAX_STACKS]]
    return [use for use in _uses(each for each in live if each) if use.stack not in changes]


def _uses(revisions: Iterable[Revision]) -> list[Use]:
    return [
        Use(revision.entry_key, revision.document.get("display_name", revision.entry_key), used)
        for revision in revisions
        for path, used in references_of(revision.document)
        if not path.startswith("/lifecycle")
    ]


def _users_of(fading: Mapping[str, str], uses: Sequence[Use]) -> dict[str, list[str]]:
    """Key of what fades -> the stacks and services that use it, without those that nobody uses."""
    users: dict[str, list[str]] = defaultdict(list)
    for use in uses:
        if use.used in fading:
            users[use.used].append(f"the stack {isolated(use.name)}")
    for key in list(fading)[:MAX_FADING]:
        for user in find_users(key):
            users[key].append(f"the {user.kind} {isolated(user.name)}")
    return users


def _fading_uses(changes: Mapping[str, Change], planned: Sequence[Use]) -> dict[str, list[tuple[str, str]]]:
    """Key of a stack of the plan -> (name, lifecycle) of what it uses that then will be deprecated or disabled."""
    known = _named_lifecycles({use.used for use in planned})
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for use in planned:
        name, lifecycle = known.get(use.used, (use.used, ""))
        change = changes.get(use.used)
        will_be = change.new.lifecycle if change and change.new else lifecycle
        if will_be in FADING:
            found[use.stack].append((name, will_be))
    return found


def _named_lifecycles(keys: set[str]) -> dict[str, tuple[str, str]]:
    """Key -> name and lifecycle as it is live, "" if it is not."""
    known: dict[str, tuple[str, str]] = {}
    for model in (Provider, Builder) if keys else ():
        rows = model.objects.filter(key__in=keys).values_list("key", "display_name", "live_revision__lifecycle")
        known |= {key: (name, lifecycle or "") for key, name, lifecycle in rows}
    return known


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"

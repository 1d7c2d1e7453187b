"""What somebody should know before publishing: nothing here keeps a publish from being done."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import F, Q

from catalog.models import ENTRY_MODELS, Stack, StackProvider
from catalog.models.choices import Lifecycle
from catalog.publishing.plan import Change
from catalog.usage import find_users

FADING = (Lifecycle.DEPRECATED, Lifecycle.DISABLED)
# Services are asked for entry by entry, so only for the first of the entries that fade.
MAX_ASKED = 20
MAX_KEYS = 1000
MAX_NAMES = 5
# (key of a stack, its name, key of what it uses, lifecycle of the live revision of that)
Edge = tuple[str, str, str, str | None]


def plan_warnings(changes: Mapping[str, Change]) -> dict[str, list[str]]:
    """Key -> sentences, for the entries that deserve them. Five queries, and those of `find_users`."""
    warnings: dict[str, list[str]] = defaultdict(list)
    for key, change in changes.items():
        if change.verb == "removed" and change.old:
            warnings[key].append("It is live, and goes away: readers who ask for it get nothing.")
    for key, newest, approved in _newer_drafts():
        warnings[key].append(f"Revision {newest} is newer, but not approved: revision {approved} is published.")
    for key, users in _users_of_fading(changes).items():
        new = changes[key].new
        if new and users:
            warnings[key].append(f"It is {new.lifecycle}, and used by {_names(users)}.")
    for key, used in _fading_uses(changes).items():
        warnings[key].append(f"It uses what is {' and '.join(sorted(set(used.values())))}: {_names(list(used))}.")
    return dict(warnings)


def _newer_drafts() -> list[tuple[str, int, int]]:
    """(key, newest revision, approved one) of entries of the plan that were changed since they were approved."""
    found: list[tuple[str, int, int]] = []
    for model in ENTRY_MODELS:
        planned = model.objects.filter(Q(live_revision=None) | ~Q(live_revision=F("approved_revision")))
        newer = planned.filter(latest_revision__number__gt=F("approved_revision__number"))
        found += newer.values_list("key", "latest_revision__number", "approved_revision__number")
    return found


def _users_of_fading(changes: Mapping[str, Change]) -> dict[str, list[str]]:
    """Key of a deprecated or disabled entry of the plan -> stacks and services that use it."""
    fading = [key for key, change in changes.items() if change.new and change.new.lifecycle in FADING][:MAX_KEYS]
    users: dict[str, list[str]] = {key: [] for key in fading}
    for _, name, key, _ in _edges(Q(used_key__in=fading)) if fading else ():
        users[key].append(f"the stack {name}")
    for key in fading[:MAX_ASKED]:
        users[key] += [f"the {use.kind} {use.name}" for use in find_users(key)]
    return users


def _fading_uses(changes: Mapping[str, Change]) -> dict[str, dict[str, str]]:
    """Key of a stack of the plan -> what it uses that is, or then will be, deprecated or disabled: key -> which."""
    stacks = [key for key, change in changes.items() if change.published and key.startswith("stacks/")][:MAX_KEYS]
    uses: dict[str, dict[str, str]] = defaultdict(dict)
    for stack, _, used, live in _edges(Q(stack_key__in=stacks)) if stacks else ():
        planned = changes.get(used)
        lifecycle = planned.new.lifecycle if planned and planned.new else live
        if lifecycle in FADING:
            uses[stack][used] = str(lifecycle)
    return uses


def _edges(condition: Q) -> list[Edge]:
    """Which stack uses what, as people have it now. Two queries."""
    providers = StackProvider.objects.annotate(
        stack_key=F("stack__key"), used_key=F("provider__key"), live=F("provider__live_revision__lifecycle")
    )
    builders = Stack.objects.filter(builder__isnull=False).annotate(
        stack_key=F("key"), used_key=F("builder__key"), live=F("builder__live_revision__lifecycle")
    )
    return [
        *providers.filter(condition).order_by("pk").values_list("stack_key", "stack__display_name", "used_key", "live"),
        *builders.filter(condition).order_by("pk").values_list("stack_key", "display_name", "used_key", "live"),
    ]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"

"""What the records of the audit are about, with the page to open: entries, snapshots, people."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from catalog.admin.entries.tabs import form_of
from catalog.admin.moments import when
from catalog.admin.pages import may_view
from catalog.models import Snapshot
from catalog.models.audit import CATALOGUE_VERBS
from catalog.models.entries import FOLDERS
from catalog.publishing.rollback import PUBLISHED

# No serial and no primary key has more digits.
MAX_DIGITS = 9
SNAPSHOT, REQUEST = "Snapshot ", "Snapshot request "
SERIAL = re.compile(rf"serial(?: +(\d{{1,{MAX_DIGITS}}}))?", re.IGNORECASE)
REQUESTED = "publish of"


@dataclass(frozen=True, slots=True)
class Target:
    """`name` for people, `address` of its page or "" if there is none that the reader may open."""

    name: str
    address: str = ""
    kind: str = ""


def find_targets(request: HttpRequest, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Target]:
    """(verb, object name) -> what it is; five queries at most, however many there are.

    What happened to accounts is never taken for an entry or a snapshot, whatever name somebody typed at the sign-in.
    """
    pairs = set(records)
    catalogue = {name for verb, name in pairs if verb in CATALOGUE_VERBS}
    known = {**entry_targets(request, catalogue), **_snapshots(request, catalogue)}
    accounts = _people(request, {name for verb, name in pairs if verb not in CATALOGUE_VERBS})
    return {
        (verb, name): (known if verb in CATALOGUE_VERBS else accounts).get(name, Target(name)) for verb, name in pairs
    }


def entry_targets(request: HttpRequest, keys: Collection[str]) -> dict[str, Target]:
    """Key -> entry, for those that the reader may look at. One query for each kind."""
    by_folder = defaultdict(set)
    for key in keys:
        by_folder[key.partition("/")[0]].add(key)
    found = {}
    for folder, model in FOLDERS.items():
        if by_folder[folder] and may_view(request, model.kind):
            for entry in model._default_manager.only("key", "display_name").filter(key__in=by_folder[folder]):
                found[entry.key] = Target(entry.display_name, form_of(entry), model.kind)
    return found


def _snapshots(request: HttpRequest, names: Collection[str]) -> dict[str, Target]:
    """`Snapshot 12` is a serial, `Snapshot request 12` an attempt; a failed attempt does not own its serial."""
    numbers = {name: name.rpartition(" ")[2] for name in names if name.startswith(SNAPSHOT)}
    numbers = {name: number for name, number in numbers.items() if number.isdecimal() and len(number) <= MAX_DIGITS}
    if not numbers or not request.user.has_perm("catalog.view_snapshot"):
        return {}
    wanted = [int(number) for number in numbers.values()]
    rows = list(
        Snapshot.objects.filter(Q(serial__in=wanted) | Q(pk__in=wanted)).only("serial", "state", "requested_at")
    )
    found = {f"{SNAPSHOT}{row.serial}": row for row in rows if row.state not in PUBLISHED}
    found |= {f"{SNAPSHOT}{row.serial}": row for row in rows if row.state in PUBLISHED}
    found |= {f"{REQUEST}{row.pk}": row for row in rows}
    return {
        name: Target(_words_of(name, row), reverse("admin:catalog_snapshot_change", args=(row.pk,)), "snapshot")
        for name in numbers
        if (row := found.get(name))
    }


def _words_of(name: str, snapshot: Snapshot) -> str:
    """What the pages call a snapshot: the time of a request that has no serial yet says nothing once it has one."""
    if name.startswith(REQUEST) and snapshot.state not in PUBLISHED:
        return f"Publish of {when(snapshot.requested_at)}"
    return f"Serial {snapshot.serial}"


def kept_as(words: str) -> Q:
    """The records of snapshots that are shown by these words, such as `Serial 3`: they are kept by other names."""
    serial = SERIAL.fullmatch(words)
    if serial is None:
        return Q(object_name__startswith=REQUEST) if words.lower().startswith(REQUESTED) else Q(pk__in=())
    if serial.group(1) is None:
        return Q(object_name__startswith=SNAPSHOT)
    number = int(serial.group(1))
    requests = Snapshot.objects.filter(serial=number, state__in=PUBLISHED).values_list("pk", flat=True)
    return Q(object_name__in=[f"{SNAPSHOT}{number}", *(f"{REQUEST}{pk}" for pk in requests)])


def _people(request: HttpRequest, names: Collection[str]) -> dict[str, Target]:
    if not names or not request.user.has_perm("auth.view_user"):
        return {}
    rows = User.objects.filter(username__in=names).values_list("pk", "username")
    return {name: Target(name, reverse("admin:auth_user_change", args=(pk,)), "person") for pk, name in rows}

"""Addresses of what changes entries. Reads at the same addresses are answered by the same views."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import URLPattern, path

from catalog.api.read.entries import BuilderView, ProviderView, StackView
from catalog.api.read.lists import BuilderListView, ProviderListView, StackListView
from catalog.api.read.snapshots import SnapshotListView
from catalog.api.write.approvals import Approve, Reject, Withdraw
from catalog.api.write.bulk import Bulk
from catalog.api.write.documentation import for_kinds
from catalog.api.write.entries import ChangeEntry, CreateEntry
from catalog.api.write.lifecycle import ChangeLifecycle
from catalog.api.write.revisions import CompareRevisions, ListRevisions, OneRevision, RestoreRevision
from catalog.api.write.snapshots import Publish, RequestStatus, RollBack

Views = Mapping[str, type[Any]]

LISTS: Views = for_kinds(
    CreateEntry,
    is_list=True,
    beside={"provider": ProviderListView, "builder": BuilderListView, "stack": StackListView},
    post=("create_{kind}", "Add a {kind}"),
)
ENTRIES: Views = for_kinds(
    ChangeEntry,
    beside={"provider": ProviderView, "builder": BuilderView, "stack": StackView},
    put=("replace_{kind}", "Replace the document of a {kind}"),
    patch=("patch_{kind}", "Change members of a {kind}"),
)
# What stands behind the address of an entry: name, address, views.
BEHIND: Sequence[tuple[str, str, Views]] = (
    (
        "lifecycle",
        "lifecycle",
        for_kinds(
            ChangeLifecycle, post=("change_{kind}_lifecycle", "Deprecate, disable, remove or bring back a {kind}")
        ),
    ),
    ("revisions", "revisions", for_kinds(ListRevisions, get=("list_{kind}_revisions", "Revisions of a {kind}"))),
    (
        "revision",
        "revisions/<number:number>",
        for_kinds(OneRevision, get=("get_{kind}_revision", "One revision of a {kind}")),
    ),
    (
        "diff",
        "diff",
        for_kinds(CompareRevisions, get=("compare_{kind}_revisions", "What differs between two revisions of a {kind}")),
    ),
    (
        "restore",
        "restore",
        for_kinds(RestoreRevision, post=("restore_{kind}", "Bring back an earlier revision of a {kind}")),
    ),
    ("approve", "approve", for_kinds(Approve, post=("approve_{kind}", "Approve the newest revision of a {kind}"))),
    ("reject", "reject", for_kinds(Reject, post=("reject_{kind}", "Reject the newest revision of a {kind}"))),
    ("withdraw", "withdraw", for_kinds(Withdraw, post=("withdraw_{kind}", "Take back the approval of a {kind}"))),
)


class Snapshots(Publish, SnapshotListView):
    """What was published, and a publish."""

    scopes = {**SnapshotListView.scopes, **Publish.scopes}


def entry_routes(kind: str) -> list[URLPattern]:
    """The list, one entry, and what stands behind it, in the order that `catalog.api.addresses` explains."""
    one = f"{kind}s/<{kind}:name>"
    return [
        path(f"{kind}s", LISTS[kind].as_view(), name=f"{kind}s"),
        path(one, ENTRIES[kind].as_view(), name=kind),
        *(path(f"{one}/{rest}", views[kind].as_view(), name=f"{kind}-{name}") for name, rest, views in BEHIND),
    ]


write_routes: list[URLPattern] = [
    *(route for kind in ENTRIES for route in entry_routes(kind)),
    path("bulk", Bulk.as_view(), name="bulk"),
    path("snapshots", Snapshots.as_view(), name="snapshots"),
    path("snapshots/<number:serial>/rollback", RollBack.as_view(), name="roll-back"),
    path("snapshots/requests/<number:id>", RequestStatus.as_view(), name="snapshot-request"),
]

"""The pages that the benchmark of the admin measures; a test holds that none is forgotten."""

import json
from collections.abc import Iterator

from django.contrib.auth.models import Group, User

from catalog.actions.bulk import MAX_ENTRIES
from catalog.documents.mapping import document_from_row
from catalog.models import Activity, Builder, Import, Provider, Snapshot, Stack, Token

IMPORTED = 2_000
# What a list shows at once.
LISTED = 50
LARGEST_PREVIEW = f"editing many: preview of {MAX_ENTRIES:,}"


def addresses() -> Iterator[tuple[str, str]]:
    """(what a person calls the page, its address)."""
    provider, stack = Provider.objects.order_by("-pk")[0], Stack.objects.order_by("pk")[0]
    snapshot = f"/admin/catalog/snapshot/{Snapshot.objects.order_by('pk')[0].pk}"
    entry = f"/admin/catalog/provider/{provider.pk}"
    yield "home", "/admin/"
    yield "list of providers", "/admin/catalog/provider/"
    yield "list, last page", f"/admin/catalog/provider/?p={Provider.objects.count() // 50}"
    yield "list, searched", "/admin/catalog/provider/?q=cms+999"
    yield "list, filtered by feature", "/admin/catalog/provider/?key_features=git_version_history"
    yield "list, filtered by a feature of all", "/admin/catalog/provider/?key_features=groq_querying"
    yield "list of stacks", "/admin/catalog/stack/"
    yield "form of a provider", f"{entry}/change/"
    yield "form of a stack", f"/admin/catalog/stack/{stack.pk}/change/"
    builder = f"/admin/catalog/builder/{Builder.objects.order_by('pk')[0].pk}"
    yield "list of builders", "/admin/catalog/builder/"
    yield "form of a builder", f"{builder}/change/"
    for kind in ("provider", "builder", "stack"):
        yield f"adding a {kind}", f"/admin/catalog/{kind}/add/"
    for page in ("review", "history", "usage", "preview", "lifecycle"):
        yield f"{page} of a provider", f"{entry}/{page}/"
    yield "restoring a revision", f"{entry}/history/1/restore/"
    yield "comparing two revisions", f"{entry}/history/?from=1&to=1"
    yield "export of what a search found", "/admin/catalog/provider/export/xlsx/?q=cms+999"
    yield "suggestions", "/admin/suggestions/key_features/?q=a"
    yield "removed entries", "/admin/catalog/removed/"
    yield "choice of columns", "/admin/catalog/provider/columns/"
    yield "import", "/admin/catalog/import/"
    yield f"dry run of {IMPORTED:,} changes", f"/admin/catalog/import/{Import.objects.order_by('-pk')[0].pk}/"
    yield "what waits for approval", "/admin/approvals/"
    yield "the same, last page", "/admin/approvals/?page=9999"
    yield "what was rejected", "/admin/approvals/?show=rejected"
    yield "publish", "/admin/catalog/snapshot/publish/"
    yield "list of snapshots", "/admin/catalog/snapshot/"
    yield "a snapshot", f"{snapshot}/change/"
    yield "comparing two snapshots", f"{snapshot}/compare/?with=2"
    yield "rolling back", f"{snapshot}/roll-back/"
    yield "progress of a publish", f"{snapshot}/progress/"
    yield from _people()


def sent() -> Iterator[tuple[str, str, dict[str, str]]]:
    """(what a person calls the page, its address, what is sent to it): pages that answer no other request."""
    pks = Provider.objects.filter(lifecycle_state="active").order_by("-pk").values_list("pk", flat=True)
    page, edits = "/admin/catalog/provider/bulk-edit/", {"op-best_for": "set", "value-best_for": "Everybody"}
    largest = ",".join(map(str, pks[:MAX_ENTRIES]))
    yield "editing many: choice of fields", page, {"step": "choose", "entries": largest}
    of_a_page = ",".join(map(str, pks[:LISTED]))
    yield "editing many: preview of a page", page, {"step": "preview", "entries": of_a_page, **edits}
    yield LARGEST_PREVIEW, page, {"step": "preview", "entries": largest, **edits}
    builder = Builder.objects.get(slug="command")
    schema = json.dumps(document_from_row(builder)["config_schema"])
    yield "form of a config schema", "/admin/config-form/", {"config_schema": schema}


def _people() -> Iterator[tuple[str, str]]:
    record = Activity.objects.order_by("pk")[0].pk
    person, role = User.objects.order_by("-pk")[0].pk, Group.objects.order_by("pk")[0].pk
    yield "activity", "/admin/catalog/activity/"
    yield "audit log", "/admin/catalog/auditrecord/"
    yield "people", "/admin/auth/user/"
    yield "roles", "/admin/auth/group/"
    for name, page in (("activity", "activity"), ("audit", "auditrecord")):
        yield f"record of the {name}", f"/admin/catalog/{page}/{record}/change/"
    yield "form of a person", f"/admin/auth/user/{person}/change/"
    yield "adding a person", "/admin/auth/user/add/"
    yield "password of a person", f"/admin/auth/user/{person}/password/"
    yield "own password", "/admin/password_change/"
    yield "form of a role", f"/admin/auth/group/{role}/change/"
    yield "adding a role", "/admin/auth/group/add/"
    yield "tokens", "/admin/tokens/?whose=all"
    yield "a token", f"/admin/tokens/{Token.objects.order_by('-pk')[0].public_id}/"

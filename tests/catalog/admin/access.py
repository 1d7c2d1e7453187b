"""Who may open and do what: the table of the tests of access, and a registry that has some of everything."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from catalog.actions.imports import try_import
from catalog.actions.tokens import make_token
from catalog.models import (
    Approval,
    Builder,
    Import,
    ListColumns,
    Provider,
    Revision,
    Snapshot,
    Stack,
    Token,
    TypeLimit,
    find_entry,
)
from catalog.models.snapshots import SnapshotState
from tests.catalog.admin.pages import BUILDERS, PROVIDERS, PUBLISH, SNAPSHOTS, STACKS, save_one_of_each
from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

# Every client of the fixture `by_role` but `anonymous`, who is always sent to the sign-in.
EDITORS = {"Editor", "Schema admin", "Administrator", "Superuser"}
APPROVERS = {"Approver", "Administrator", "Superuser"}
PUBLISHERS = {"Publisher", "Administrator", "Superuser"}
MANAGERS = {"Administrator", "Superuser"}
READERS = {"Viewer", "Deployer", *EDITORS, *APPROVERS, *PUBLISHERS}
STAFF = {"Nobody", *READERS}
NONE: set[str] = set()
PEOPLE, ROLES = "/admin/auth/user/", "/admin/auth/group/"
FEED, LOG = "/admin/catalog/activity/", "/admin/catalog/auditrecord/"
ENTRY_LISTS = {PROVIDERS: "provider", BUILDERS: "builder", STACKS: "stack"}

# Pages of `catalog.admin.urls` by name: address, who may open it, and what it answers them if that is not 200.
OWN_PAGES: dict[str, tuple[str, set[str], int]] = {
    "approvals": ("/admin/approvals/", READERS, 200),
    "bulk-edit": (f"{PROVIDERS}bulk-edit/", EDITORS, 302),
    "columns": (f"{PROVIDERS}columns/", READERS, 200),
    "compare": (f"{SNAPSHOTS}{{replaced}}/compare/", READERS, 200),
    "config-form": ("/admin/config-form/", READERS, 405),
    "export": (f"{PROVIDERS}export/csv/", READERS, 200),
    "history": (f"{PROVIDERS}{{provider}}/history/", READERS, 200),
    "import": ("/admin/catalog/import/", EDITORS, 200),
    "import-result": ("/admin/catalog/import/{import}/", EDITORS, 404),
    "lifecycle": (f"{PROVIDERS}{{provider}}/lifecycle/", EDITORS, 200),
    "own-password": ("/admin/password_change/", STAFF, 200),
    "preview": (f"{PROVIDERS}{{provider}}/preview/", READERS, 200),
    "progress": (f"{SNAPSHOTS}{{replaced}}/progress/", READERS, 200),
    "publish": (PUBLISH, PUBLISHERS, 200),
    "removed": ("/admin/catalog/removed/", READERS, 200),
    "restore": (f"{PROVIDERS}{{provider}}/history/1/restore/", EDITORS, 200),
    "review": (f"{PROVIDERS}{{provider}}/review/", READERS, 200),
    "roll-back": (f"{SNAPSHOTS}{{replaced}}/roll-back/", PUBLISHERS, 200),
    "suggestions": ("/admin/suggestions/key_features/", READERS, 200),
    "token": ("/admin/tokens/{token}/", {"Viewer", *MANAGERS}, 200),
    "tokens": ("/admin/tokens/", READERS, 200),
    "usage": (f"{PROVIDERS}{{provider}}/usage/", READERS, 200),
}
PAGES: list[tuple[str, set[str], int]] = [
    *OWN_PAGES.values(),
    ("/admin/", STAFF, 200),
    *((page, READERS, 200) for page in (*ENTRY_LISTS, SNAPSHOTS, FEED)),
    *((f"{page}add/", EDITORS, 200) for page in ENTRY_LISTS),
    *((f"{page}export/json/", READERS, 200) for page in ENTRY_LISTS),
    *((f"{page}{{{kind}}}/change/", READERS, 200) for page, kind in ENTRY_LISTS.items()),
    *((f"{page}{{{kind}}}/review/", READERS, 200) for page, kind in ENTRY_LISTS.items()),
    *((f"{page}{{{kind}}}/delete/", NONE, 200) for page, kind in ENTRY_LISTS.items()),
    (f"{SNAPSHOTS}{{replaced}}/change/", READERS, 200),
    *((page, NONE, 200) for page in (f"{SNAPSHOTS}add/", f"{SNAPSHOTS}{{replaced}}/delete/")),
    *((page, MANAGERS, 200) for page in (PEOPLE, ROLES, LOG, f"{PEOPLE}add/", f"{ROLES}add/")),
    (f"{PEOPLE}{{viewer}}/change/", MANAGERS, 200),
    (f"{ROLES}{{role}}/change/", MANAGERS, 200),
    (f"{PEOPLE}{{viewer}}/password/", MANAGERS, 200),
    (f"{PEOPLE}{{superuser}}/password/", {"Superuser"}, 200),
    (f"{PEOPLE}{{viewer}}/delete/", NONE, 200),
    (f"{ROLES}{{role}}/delete/", NONE, 200),
    *((f"{page}add/", NONE, 200) for page in (FEED, LOG)),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """The form of the page at `address`, sent with `changes` in what it is filled in with.

    `otherwise` is what some of those who may not are answered instead of a refusal.
    """

    name: str
    address: str
    changes: dict[str, Any]
    allowed: set[str]
    otherwise: Mapping[str, int] = field(default_factory=dict)


class UnreadFile(io.BytesIO):
    """An upload that can be sent by one after the other."""

    name = "list.json"

    def read(self, size: int | None = -1, /) -> bytes:
        return self.getvalue()


DEPRECATE = {"state": "deprecated", "reason": "Old", "since": "2026-01-01", "note": "Why not"}
# Nobody sees what somebody else has uploaded.
UNSEEN = dict.fromkeys(EDITORS - {"Editor"}, 404)


def bulk(kind: str) -> dict[str, str]:
    """The second revision of one entry is given another text."""
    return {"entries": f"{{{kind}}}:2", "op-best_for": "set", "value-best_for": "Everybody", "note": "Why not"}


PASSWORDS = {"password1": "long enough for all", "password2": "long enough for all"}
NEW = {"display_name": "New", "slug": "new", "change_note": "Why not"}
DEEDS = [
    Deed("edit", f"{PROVIDERS}{{provider}}/change/", {"display_name": "Other", "change_note": "Why not"}, EDITORS),
    Deed("add provider", f"{PROVIDERS}add/",
         {**NEW, "provider_type": "cms", "category": "a", "cms_type": "hybrid"}, EDITORS),
    Deed("add builder", f"{BUILDERS}add/", {**NEW, "category": "generic", "backend": "new@1"}, EDITORS),
    Deed("add stack", f"{STACKS}add/", {**NEW, "category": "foundation"}, EDITORS),
    Deed("approve", f"{PROVIDERS}{{provider}}/review/", {"decision": "approve"}, APPROVERS),
    Deed("reject", f"{PROVIDERS}{{provider}}/review/", {"decision": "reject", "comment": "No"}, APPROVERS),
    Deed("withdraw", f"{BUILDERS}{{builder}}/review/", {"decision": "withdraw", "comment": "No"}, APPROVERS),
    Deed("queue", "/admin/approvals/", {"decision": "approve_many", "chosen": "providers/cms/sanity@2"}, APPROVERS),
    *(Deed(f"approve {kind}", f"{page}{{draft {kind}}}/review/", {"decision": "approve"}, APPROVERS)
      for page, kind in ((BUILDERS, "builder"), (STACKS, "stack"))),
    *(Deed(f"reject {kind}", f"{page}{{draft {kind}}}/review/", {"decision": "reject", "comment": "No"}, APPROVERS)
      for page, kind in ((BUILDERS, "builder"), (STACKS, "stack"))),
    *(Deed(f"edit {kind}", f"{page}{{{kind}}}/change/", {"icon": "new", "change_note": "Why not"}, EDITORS)
      for page, kind in ((BUILDERS, "builder"), (STACKS, "stack"))),
    *(Deed(f"lifecycle of a {kind}", f"{page}{{{kind}}}/lifecycle/", DEPRECATE, EDITORS)
      for page, kind in ENTRY_LISTS.items()),
    *(Deed(f"restore {kind}", f"{page}{{{kind}}}/history/1/restore/", {"change_note": "Why not"}, EDITORS)
      for page, kind in ENTRY_LISTS.items()),
    *(Deed(f"config schema of a {kind}", f"{page}{{{kind}}}/change/",
           {"config_schema": '{"type": "object"}', "change_note": "Why not"}, EDITORS - {"Editor"}, {"Editor": 200})
      for page, kind in ((PROVIDERS, "provider"), (BUILDERS, "builder"))),
    *(Deed(f"bulk write of a {kind}", f"{page}bulk-edit/", {"step": "write", **bulk(kind)}, EDITORS)
      for page, kind in ENTRY_LISTS.items()),
    Deed("import upload", "/admin/catalog/import/",
         {"file": UnreadFile(json.dumps(provider_document("new")).encode())}, EDITORS),
    Deed("import confirm", "/admin/catalog/import/{own import}/", {"note": "Why not"}, {"Editor"}, UNSEEN),
    Deed("limit by type", f"{PEOPLE}{{viewer}}/change/", {"type_limits": ["cms"]}, MANAGERS),
    Deed("undelete", "/admin/catalog/removed/", {"note": "Why not"}, EDITORS),
    Deed("columns", f"{PROVIDERS}columns/", {"show": ["display_name"], "position-display_name": "1"}, READERS),
    Deed("publish", PUBLISH, {"note": "Why not", "typed": "1"}, PUBLISHERS),
    Deed("roll back", f"{SNAPSHOTS}{{replaced}}/roll-back/", {"reason": "Why not"}, PUBLISHERS),
    Deed("make token", "/admin/tokens/", {"name": "Nightly build", "days": "30"}, READERS),
    Deed("revoke token", "/admin/tokens/{token}/", {}, {"Viewer", *MANAGERS}),
    Deed("add person", f"{PEOPLE}add/", {"username": "anna", **PASSWORDS}, MANAGERS),
    Deed("change person", f"{PEOPLE}{{viewer}}/change/", {"first_name": "Vic"}, MANAGERS),
    Deed("change superuser", f"{PEOPLE}{{superuser}}/change/", {"first_name": "Sue"}, {"Superuser"}),
    Deed("set password", f"{PEOPLE}{{viewer}}/password/", {**PASSWORDS, "set-password": "1"}, MANAGERS),
    Deed("take the superuser's password", f"{PEOPLE}{{superuser}}/password/", {**PASSWORDS, "set-password": "1"},
         {"Superuser"}),
    Deed("change role", f"{ROLES}{{role}}/change/", {"name": "Reader"}, MANAGERS),
    Deed("add role", f"{ROLES}add/", {"name": "New"}, MANAGERS),
]  # fmt: skip
# What is only looked at, though it is sent.
LOOKS = [
    *(Deed(f"bulk {step} of a {kind}", f"{page}bulk-edit/", {"step": step, **bulk(kind)}, EDITORS)
      for page, kind in ENTRY_LISTS.items() for step in ("choose", "preview")),
    Deed("config form", "/admin/config-form/", {"config_schema": "{}"}, READERS),
    *(Deed(f"export of selected {kind}s as {name}", page,
           {"action": f"export_selected_as_{name}", "_selected_action": [f"{{{kind}}}"]}, READERS)
      for page, kind in ENTRY_LISTS.items() for name in ("csv", "xlsx", "json")),
]  # fmt: skip


UNCHANGED_STACK = stack_document("marketing", providers={"cms": ["sanity"]}, builder="hugo")


def make_registry() -> dict[str, int | str]:
    """Something of everything: published twice, a draft, an approval, a removed entry; keys for the addresses above."""
    save_one_of_each()
    removed = {"state": "removed", "since": "2026-01-01", "reason": "Gone"}
    save("provider", provider_document("gone", lifecycle=removed))
    publish()
    save("builder", builder_document("hugo", display_name="Hugo 2"), User.objects.get(username="Editor"))
    save("provider", {**SANITY, "display_name": "Sanity 2"}, User.objects.get(username="Editor"), approved=False)
    for kind, document in (("builder", builder_document("jekyll")), ("stack", stack_document("shop"))):
        save(kind, document, User.objects.get(username="Editor"), approved=False)
    save("stack", {**UNCHANGED_STACK, "display_name": "Marketing 2"}, User.objects.get(username="Editor"))
    viewer, editor = User.objects.get(username="Viewer"), User.objects.get(username="Editor")
    own = try_import(json.dumps(provider_document("new")).encode(), file_name="new.json", by=editor)
    sanity, hugo = find_entry("providers/cms/sanity"), find_entry("builders/hugo")
    assert sanity is not None
    assert hugo is not None
    made = Import.objects.create(
        requested_by=User.objects.create_user("somebody"), requested_at=timezone.now(), file_name="a.csv", rows=[]
    )
    return {
        "provider": sanity.pk,
        "builder": hugo.pk,
        "stack": Stack.objects.get(slug="marketing").pk,
        "draft builder": Builder.objects.get(slug="jekyll").pk,
        "draft stack": Stack.objects.get(slug="shop").pk,
        "own import": own.pk,
        "replaced": Snapshot.objects.get(state=SnapshotState.REPLACED).pk,
        "viewer": viewer.pk,
        "role": Group.objects.get(name="Viewer").pk,
        "superuser": User.objects.get(username="Superuser").pk,
        "import": made.pk,
        "token": make_token(by=viewer, owner=viewer, name="a", scopes=["entries:read"], days=1)[0].public_id,
    }


def everything() -> list[Any]:
    """All rows that a page might change by mistake."""
    models: tuple[Any, ...] = (
        Provider, Builder, Stack, Revision, Approval, Snapshot, ListColumns, TypeLimit, Import, User, Group,
        Token,
    )  # fmt: skip
    rows = [list(model._base_manager.order_by("pk").values()) for model in models]
    # When somebody signed in last is no change of theirs.
    return [[{**row, "last_login": None} for row in table] for table in rows] + [
        list(User.groups.through.objects.values()),
        list(Group.permissions.through.objects.values()),
    ]

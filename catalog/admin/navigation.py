"""The menu: only what the person may open. Apps above the catalogue add groups of theirs in `AppConfig.ready`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from catalog.actions.tokens import may_have_tokens
from catalog.admin.approvals.waiting import count_waiting
from catalog.admin.pages import KINDS

Item = dict[str, Any]
Group = tuple[str, list[Item | None]]
FindGroup = Callable[[HttpRequest], Group]
_more: list[FindGroup] = []
SEEING = tuple(f"{deed}_{kind}" for deed in ("view", "change") for kind in KINDS)
WRITING = tuple(f"{deed}_{kind}" for deed in ("add", "change") for kind in KINDS)


def register_group(find: FindGroup) -> None:
    """Ask `find` for one more group, which stands before that of people; once, in `AppConfig.ready`."""
    if find not in _more:
        _more.append(find)


def navigation(request: HttpRequest) -> list[Item]:
    """Groups of links for unfold's sidebar; a group without links is left out, and Home is everybody's."""
    groups: list[Group] = [
        ("", [{"title": "Home", "icon": "home", "link": reverse("admin:index")}]),
        (
            "Catalogue",
            [
                link_for(request, "Providers", "storefront", "admin:catalog_provider_changelist", "view_provider"),
                link_for(request, "Builders", "construction", "admin:catalog_builder_changelist", "view_builder"),
                link_for(request, "Stacks", "layers", "admin:catalog_stack_changelist", "view_stack"),
                link_for(request, "Removed", "restore_from_trash", "pages:removed", *SEEING),
                link_for(request, "Import", "upload_file", "pages:import", *WRITING),
                link_for(request, "Activity", "timeline", "admin:catalog_activity_changelist", "view_activity"),
            ],
        ),
        (
            "Publishing",
            [
                link_for(request, "Approvals", "rule", "pages:approvals", "view_revision", badge=_waiting(request)),
                link_for(request, "Publish", "publish", "pages:publish", "publish_snapshot"),
                link_for(request, "Snapshots", "history", "admin:catalog_snapshot_changelist", "view_snapshot"),
            ],
        ),
        *(find(request) for find in _more),
        (
            "People",
            [
                link_for(request, "People", "person", "admin:auth_user_changelist", "auth.view_user"),
                link_for(request, "Roles", "group", "admin:auth_group_changelist", "auth.view_group"),
                _tokens(request),
                link_for(request, "Audit log", "policy", "admin:catalog_auditrecord_changelist", "view_auditrecord"),
            ],
        ),
    ]
    shown = [(title, [item for item in items if item]) for title, items in groups]
    _mark_open(request, [item for _, items in shown for item in items])
    return [{"title": title, "separator": True, "items": items} for title, items in shown if items]


def _mark_open(request: HttpRequest, items: list[Item]) -> None:
    """The page that is open is below one item only: the Publish page is no snapshot, though its address begins so."""
    home, path = reverse("admin:index"), request.path
    links = [item["link"] for item in items]
    above = [link for link in links if path == link or (link != home and path.startswith(link))]
    for item in items:
        item["active"] = bool(above) and item["link"] == max(above, key=len)


def _waiting(request: HttpRequest) -> str:
    waiting = count_waiting(request)
    return f"{waiting:,}" if waiting else ""


def _tokens(request: HttpRequest) -> Item | None:
    if not may_have_tokens(request.user):
        return None
    return {"title": "API tokens", "icon": "key", "link": reverse("pages:tokens")}


def link_for(request: HttpRequest, title: str, icon: str, name: str, *permissions: str, badge: str = "") -> Item | None:
    """None for somebody who has none of the permissions (of the catalogue, unless they name their app)."""
    asked = (each if "." in each else f"catalog.{each}" for each in permissions)
    if not any(request.user.has_perm(each) for each in asked):
        return None
    return {"title": title, "icon": icon, "link": reverse(name), **({"badge": badge} if badge else {})}

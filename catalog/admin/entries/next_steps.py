"""What the form of an entry says about where the entry stands and what happens next."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html

from catalog.admin.direction import isolated
from catalog.admin.entries.states import State, badges_of, states_of
from catalog.admin.entries.tabs import page_of
from catalog.models import CatalogEntry, Revision

STEPS = {
    State.DRAFT: "It waits for approval.",
    State.REJECTED: "It was rejected: change it, and it waits for approval again.",
    State.APPROVED: "It is approved and goes live with the next publish.",
    State.LIVE: "This is what readers see.",
}


def head_of(entry: CatalogEntry) -> dict[str, Any]:
    """For `entry_head.html`: badges, the newest revision, the next step, and where the live document is."""
    revision = entry.latest_revision
    return {
        "entry_badges": badges_of(entry),
        "entry_revision": revision,
        "entry_step": STEPS[states_of(entry)[-1]] if revision else "",
        "live_address": live_address(entry),
    }


def live_address(entry: CatalogEntry) -> str:
    """Where everybody can read the entry as it is published; empty if nobody can."""
    if entry.live_revision is None or entry.live_revision.lifecycle == "removed" or not settings.REGISTRY_PUBLIC_URL:
        return ""
    return f"{settings.REGISTRY_PUBLIC_URL}/{entry.key}.json"


def tell_next_step(request: HttpRequest, entry: CatalogEntry, revision: Revision | None) -> None:
    """A message after saving; `revision` is None if nothing was different."""
    if revision is None:
        messages.info(request, "Nothing was different, so no revision was recorded.")
        return
    tell_draft(
        request, entry, f"{isolated(entry.display_name)} is saved as revision {revision.number}. It waits for approval."
    )


def tell_draft(request: HttpRequest, entry: CatalogEntry, sentence: str) -> None:
    """A message about a new draft of the entry, with the way to where it is approved."""
    words = "Review and approve it" if request.user.has_perm("catalog.approve_revision") else "See what was changed"
    link = '{} <a class="rg-link" href="{}">{}</a>'
    messages.success(request, format_html(link, sentence, page_of(entry, "review"), words))

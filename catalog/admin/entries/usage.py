"""The page that says where an entry is used: other entries, and whatever the apps above the catalogue know."""

from django.http import HttpRequest, HttpResponse

from catalog.admin.direction import isolated
from catalog.admin.entries.tabs import tabs_of
from catalog.admin.pages import find_or_404, render_page
from catalog.models.uses import EXCLUDED, REPLACED, STACK, find_mentions
from catalog.usage import find_users

SHOWN = 100
TITLES = {
    STACK: ("Stacks that contain it", "No stack contains it."),
    EXCLUDED: ("Providers that must not be built with it", "No provider excludes it."),
    REPLACED: ("Entries that it replaces", "It replaces no other entry."),
}


def usage_page(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET only shows; constant in the number of users."""
    entry = find_or_404(request, kind, pk)
    users = find_users(entry.key)
    return render_page(
        request,
        "usage.html",
        title=f"Where {isolated(entry.display_name)} is used",
        entry=entry,
        entry_tabs=tabs_of(request, entry),
        tab="usage",
        sections=[(*TITLES[found.how], found) for found in find_mentions(entry, limit=SHOWN)],
        users=users[:SHOWN],
        user_count=len(users),
    )

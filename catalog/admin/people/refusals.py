"""The page for who may not: in the admin's frame, in plain words, and kept in the audit."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.defaults import permission_denied

from catalog.actions.audit import note_refusal
from catalog.admin.pages import render_page


def refused_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`; outside of the admin it is Django's own."""
    person = getattr(request, "user", None)
    if not isinstance(person, User) or not person.is_staff or not request.path.startswith(reverse("admin:index")):
        return permission_denied(request, exception)
    note_refusal(
        request.path,
        by=person,
        detail="Sending this page was refused" if request.method == "POST" else "Opening this page was refused",
    )
    return render_page(request, "refused.html", title="You may not do this", status=403)

"""What differs between what two serials held, whatever was published in between."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.admin.pages import render_page
from catalog.admin.publishing.plans import show_plan
from catalog.models import Snapshot
from catalog.publishing.candidate import changes_between
from catalog.publishing.rollback import PUBLISHED, steps_between

OFFERED = 200


def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`with` is the other serial; the older of the two is shown as before."""
    snapshot = Snapshot.objects.filter(pk=pk, state__in=PUBLISHED).first()
    if snapshot is None or snapshot.serial is None:
        raise Http404
    asked = request.GET.get("with", "").strip()
    other = find_published(asked)
    if other is not None and other.pk == snapshot.pk:
        return HttpResponseRedirect(reverse("admin:catalog_snapshot_change", args=(pk,)))
    picker: dict[str, Any] = {"snapshot": snapshot, "serials": offered_serials(snapshot), "asked": asked}
    if other is None:
        error = f"There is no published serial “{asked[:20]}”." if asked else ""
        return render_page(request, "compare.html", title=f"Compare serial {snapshot.serial}", error=error, **picker)
    before, after = sorted((snapshot, other), key=lambda each: each.serial or 0)
    steps = steps_between(before.serial or 0, after.serial or 0)
    return render_page(
        request,
        "compare.html",
        title=f"From serial {before.serial} to serial {after.serial}",
        before=before,
        after=after,
        plan=show_plan(request, changes_between(steps)),
        **picker,
    )


def find_published(serial: str) -> Snapshot | None:
    """The published snapshot with this serial, as somebody typed it."""
    if not serial.isdecimal() or len(serial) > 9:
        return None
    return Snapshot.objects.filter(serial=int(serial), state__in=PUBLISHED).first()


def offered_serials(snapshot: Snapshot) -> list[Snapshot]:
    """The newest other ones, to pick from. One query."""
    others = Snapshot.objects.filter(state__in=PUBLISHED).exclude(pk=snapshot.pk).order_by("-serial")
    return list(others.only("serial", "published_at", "note")[:OFFERED])

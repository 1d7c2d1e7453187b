"""How a publish stands, for the script that shows it live."""

from django.http import Http404, HttpRequest, JsonResponse

from catalog.admin.publishing.receipts import receipt_of
from catalog.models import Snapshot


def progress_page(request: HttpRequest, pk: int) -> JsonResponse:
    """`{"state", "headline", "detail", "advice", "seconds", "running", "next_look"}`; two queries."""
    snapshot = Snapshot.objects.filter(pk=pk).first()
    if snapshot is None:
        raise Http404
    receipt = receipt_of(snapshot)
    return JsonResponse(
        {
            "state": snapshot.state,
            "headline": receipt.headline,
            "detail": receipt.detail,
            "advice": receipt.advice,
            "seconds": receipt.seconds,
            "running": receipt.is_running,
            "is_seen": snapshot.cdn_visible_at is not None,
            "next_look": receipt.next_look,
        }
    )

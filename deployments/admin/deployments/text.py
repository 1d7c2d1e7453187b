"""The log of a deployment as a file of text."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from deployments.admin.pages import deployment_or_404
from deployments.admin.safe_text import show_line


def log_text_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A line each: number, time, attempt, step, what was said. At most 20,000 lines, 5 MB."""
    deployment = deployment_or_404(request, pk)
    rows = deployment.lines.order_by("seq").values_list("seq", "at", "attempt", "step", "text")
    lines = (
        f"{seq} {at:%Y-%m-%dT%H:%M:%S}Z {attempt} {step} {show_line(text)}\n"
        for seq, at, attempt, step, text in rows.iterator()
    )
    service = deployment.service
    name = f"{slugify(service.name) or 'service'}-{service.environment}-{deployment.number}.log"
    answer = HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

"""Two revisions beside each other, for `comparison.html`: of an entry, or of whatever else has revisions."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from catalog.admin.pages import whole_number
from catalog.models import Revision

Document = Mapping[str, Any]


def compare_revisions(
    request: HttpRequest, key: str, *, newest: int, readable: Callable[[Document, Document], Any]
) -> dict[str, Any]:
    """What the address asks to compare (`from`, `to`), and a message for numbers that there is no revision of.

    `readable` is what differs between two documents, in words. One query at most.
    """
    texts = [request.GET.get(name, "").strip() for name in ("from", "to")]
    if not any(texts):
        return {"from_text": max(newest - 1, 1), "to_text": newest}
    numbers = [whole_number(text) or 0 for text in texts]
    found = {each.number: each for each in Revision.objects.filter(entry_key=key, number__in=numbers)}
    asked = {"from_text": texts[0], "to_text": texts[1]}
    missing = [text for text, number in zip(texts, numbers, strict=True) if number not in found]
    if missing:
        return {**asked, "compare_error": f"There is no revision {missing[0][:20]!r}: give numbers from 1 to {newest}."}
    before, after = (found[number] for number in numbers)
    return {
        **asked,
        "before_title": f"Revision {before.number}",
        "after_title": f"Revision {after.number}",
        "differences": readable(before.document, after.document),
    }

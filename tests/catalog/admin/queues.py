"""Look at the approval queue, and decide in it, as a browser would."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from tests.factories import save

QUEUE = "/admin/approvals/"


def draft(document: dict[str, Any], person: User, kind: str = "provider") -> str:
    return save(kind, document, person, approved=False)


def shown(client: Client, query: str = "") -> list[str]:
    """What waits on the page, as key@number."""
    return [card.item.token for card in client.get(f"{QUEUE}{query}").context["cards"]]


def decide(client: Client, decision: str, *tokens: str, comment: str = "", follow: bool = True) -> Any:
    return client.post(QUEUE, {"decision": decision, "chosen": tokens, "comment": comment}, follow=follow)

"""Look at plans, and ask for what was looked at, as a browser would."""

from typing import Any

from django.test import Client

from tests.catalog.admin.pages import PUBLISH, differing


def plan_of(answer: Any) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """(key, verb, what differs) of each change on the page."""
    return [(change.key, change.verb, differing(change.differences)) for change in answer.context["plan"].changes]


def ask(client: Client, page: str = PUBLISH, *, follow: bool = False, **fields: str) -> Any:
    """Open the page, and send its form with these fields and the plan that was shown."""
    digest = client.get(page).context["digest"]
    return client.post(page, {"plan": digest, **fields}, follow=follow)

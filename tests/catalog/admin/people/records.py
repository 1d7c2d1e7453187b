"""The pages of the activity feed and of the audit log, as a person opens them."""

from typing import Any

from django.test import Client

FEED = "/admin/catalog/activity/"
LOG = "/admin/catalog/auditrecord/"


def open_list(client: Client, address: str, **filters: str) -> Any:
    answer: Any = client.get(address, filters)
    assert answer.status_code == 200
    return answer


def shown(client: Client, address: str, **filters: str) -> list[tuple[str, str]]:
    """(verb, object) of the page's rows."""
    rows = open_list(client, address, **filters).context["cl"].result_list
    return [(record.verb, record.object_name) for record in rows]

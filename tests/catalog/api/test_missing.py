"""Addresses below /api/ that no endpoint has."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/providers", "/api/v1/none/of/it", "/api/v1/%00"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_unknown_address_is_a_problem(method: str, path: str, client: Client) -> None:
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address; /api/v1/openapi.json lists what there is.",
    }
    assert (answer.headers["Cache-Control"], "Allow" in answer.headers) == ("no-store", False)

"""A service that is given another provider or target by a patch."""

import pytest

from tests.catalog.api.write.programs import send
from tests.deployments.api.programs import body, create, errors, program
from tests.factories import provider_document, publish, save

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_config_of_another_backend_begins_empty() -> None:
    of_source = {"provider_type": "source", "cms_type": None, "source_type": "repository"}
    save("provider", provider_document("git", **of_source, backend="git@1"))
    save("provider", provider_document("pages", **of_source, backend="inline@1"))
    publish()
    client = program()
    address, url = create(client, builderConfig={"outputFolder": "."}), "https://git.example.com/a/b.git"

    alike = send(client, "PATCH", address, {"providerId": "pages"}, If_Match='"1"').json()
    other = send(client, "PATCH", address, {"providerId": "git", "providerConfig": {"url": url}}, If_Match='"2"')
    unknown = send(client, "PATCH", address, {"providerId": "none", "targetId": "null"}, If_Match='"3"')

    assert alike["providerConfig"] == body()["providerConfig"]
    assert (other.status_code, other.json()["providerConfig"]) == (200, {"url": url})
    assert other.json()["builderConfig"] == {"outputFolder": "."}
    assert errors(unknown) == {"/providerId": "reference"}
    null = send(client, "PATCH", address, {"targetId": "null"}, If_Match='"3"').json()
    assert (null["targetBackend"], null["targetConfig"]) == ("null@1", {})

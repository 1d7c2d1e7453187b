"""The form of an entry whose new config schema would break services: what breaks, and a field for going on anyway."""

import json
from collections.abc import Iterator

import pytest

from catalog.models import AuditRecord, Builder
from catalog.usage import StoredConfig, forget_stored_configs, register_stored_configs
from tests.catalog.admin.pages import Browsers, errors, fill_in, page_of, send
from tests.catalog.gates import BLOG, KEY, LIVE, NARROWER, document_with, publish_live
from tests.factories import publish, save

pytestmark = pytest.mark.django_db
FIELD = 'name="breaking_schema_reason"'


@pytest.fixture(autouse=True)
def _blog() -> Iterator[None]:
    def find(key: str) -> list[StoredConfig]:
        return [BLOG] if key == KEY else []

    register_stored_configs(find)
    yield
    forget_stored_configs(find)


def is_visible(page: str) -> bool:
    (tag,) = [part for part in page.split("<input") if FIELD in part.partition(">")[0]]
    return 'type="hidden"' not in tag.partition(">")[0]


def test_gate_asks_for_a_reason_and_takes_it(by_role: Browsers) -> None:
    publish_live()
    client, entry = by_role["Schema admin"], Builder.objects.get()
    page = page_of(entry)

    assert not is_visible(client.get(page).content.decode())
    refused = send(client, page, config_schema=json.dumps(NARROWER), change_note="Shorter folders")

    found = errors(refused)
    assert len(found["config_schema"]) == 3
    assert any("service Blog" in message for message in found["config_schema"])
    assert found["breaking_schema_reason"] == [
        "The new config schema breaks what is configured now: change it, or say why it must be so."
    ]
    text = refused.content.decode()
    assert is_visible(text)
    assert "Go on anyway, because" in text
    entry.refresh_from_db()
    assert entry.config_schema == LIVE

    fields = {**fill_in(client, page), "config_schema": json.dumps(NARROWER), "change_note": "Shorter folders"}
    answer = client.post(page, {**fields, "breaking_schema_reason": "Longer ones never worked"})

    assert answer.status_code == 302
    entry.refresh_from_db()
    assert entry.config_schema == NARROWER
    assert AuditRecord.objects.filter(detail__endswith="broken configs: Longer ones never worked").count() == 1


def test_reason_stays_in_a_form_that_is_refused_for_something_else(by_role: Browsers) -> None:
    publish_live()

    refused = send(
        by_role["Schema admin"],
        page_of(Builder.objects.get()),
        display_name="",
        breaking_schema_reason="<b>Because</b>",
    )

    text = refused.content.decode()
    assert is_visible(text)
    assert "&lt;b&gt;Because&lt;/b&gt;" in text


def test_restore_page_asks_for_a_reason_and_takes_it(by_role: Browsers) -> None:
    save("builder", document_with(NARROWER))
    save("builder", document_with(LIVE))
    publish()
    client, entry = by_role["Schema admin"], Builder.objects.get()
    page = f"{page_of(entry, 'history')}1/restore/"
    asked = {"change_note": "Back", "expected_revision": "2"}

    assert FIELD not in client.get(page).content.decode()
    refused = client.post(page, asked).content.decode()

    assert "service Blog" in refused
    assert FIELD in refused
    assert client.post(page, {**asked, "breaking_schema_reason": "It was right"}).status_code == 302
    entry.refresh_from_db()
    assert entry.config_schema == NARROWER

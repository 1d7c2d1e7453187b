"""Parts that are disabled, removed or changed while somebody fills in their settings: nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client

from deployments.models import BackendKind, Service
from tests.catalog.admin.pages import messages
from tests.deployments.admin.services.forms import (
    FILLED,
    INLINE_SCHEMA,
    NEW,
    STATIC_SCHEMA,
    page_of,
    told,
)
from tests.deployments.admin.services.parts import DRAWN, GONE, fields_of, offered
from tests.deployments.drafts import INLINE
from tests.factories import builder_document, provider_document, publish, save, stack_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(changing: Service) -> Service:
    return changing


@pytest.fixture
def client(changer: Client) -> Client:
    return changer


def test_builder_that_is_disabled_meanwhile_is_told_and_another_one_chosen(client: Client) -> None:
    sent = {**FILLED, **DRAWN, "build/outputFolder": "public", "do": "save"}
    save("builder", builder_document("static", config_schema=STATIC_SCHEMA,
                                     lifecycle={**GONE, "replacement": "builders/command"}))  # fmt: skip
    publish()

    page = client.post(NEW, sent)

    assert told(page) == {
        "builder": ["Static is disabled: it takes no new services. Why: It is too slow. Use Command instead."]
    }
    fields = fields_of(page)
    assert (fields["source/files/0"], fields["build/outputFolder"]) == (["<h1>Hello</h1>"], ["public"])
    other = client.post(NEW, {**fields, "builder": "command", "swap": "builder"})
    made = client.post(NEW, {**fields_of(other), "do": "save"}, follow=True)
    assert messages(made) == ["Spring (production) is made."]
    assert Service.objects.get(name="Spring").build_config == {"outputFolder": "public"}


def test_source_that_is_removed_meanwhile_is_told_and_nothing_is_lost(client: Client) -> None:
    Service.objects.all().update(provider=Service.objects.get().provider)
    save("provider", provider_document("inline", **INLINE, display_name="Files here", config_schema=INLINE_SCHEMA,
                                       lifecycle=GONE))  # fmt: skip
    publish()

    page = client.post(NEW, {**FILLED, **DRAWN, "do": "save"})

    assert told(page) == {"provider": ["Files here is disabled: it takes no new services. Why: It is too slow."]}
    assert fields_of(page)["source/files/0"] == ["<h1>Hello</h1>"]
    assert offered(page, BackendKind.SOURCE) == ["inline", "zips"]
    zips = client.post(NEW, {**fields_of(page), "provider": "zips"})
    assert fields_of(zips)["target/folder"] == ["spring"]


def test_disabled_parts_of_a_service_stay_its_own(client: Client, service: Service, edit: dict[str, Any]) -> None:
    save("builder", builder_document("static", config_schema=STATIC_SCHEMA, lifecycle=GONE))
    publish()

    client.post(page_of(service, "edit"), {**edit, "target/folder": "other", "do": "save"})

    assert Service.objects.get().target_config == {"folder": "other"}


@pytest.mark.parametrize(
    ("stack", "told_of_it"),
    [
        ({"lifecycle": GONE}, "Brochure is disabled: it takes no new services. Why: It is too slow. "),
        ({"builder": "hugo"}, "Brochure is built with Hugo. Choose that builder. "),
        ({"providers": {"source": ["zips"]}}, "Brochure is not meant for Files here. Choose another source. "),
    ],
)
def test_stack_that_changes_meanwhile_is_told_and_one_goes_on_without_it(
    stack: dict[str, Any], told_of_it: str, client: Client
) -> None:
    sent = {**FILLED, **DRAWN, "stack": "foundation/brochure", "do": "save"}
    before = {"providers": {"source": ["inline"]}, "builder": "static", "display_name": "Brochure"}
    save("stack", stack_document("brochure", **{**before, **stack}))
    publish()

    page = client.post(NEW, sent)

    assert told(page) == {"stack": [f"{told_of_it}Or go on without the stack: what is filled in stays."]}
    fields = fields_of(page)
    assert (fields["stack"], fields["source/files/0"]) == (["foundation/brochure"], ["<h1>Hello</h1>"])
    client.post(NEW, {**fields, "stack": "", "do": "save"})
    made = Service.objects.get(name="Spring")
    assert (made.stack, made.builder.slug) == (None, "static")


def test_setting_that_is_asked_for_no_more_is_told_once(client: Client) -> None:
    sent = {**FILLED, **DRAWN, "build/outputFolder": "public", "build/exclude": "a", "do": "save"}
    schema = {"type": "object", "properties": {"outputFolder": {"type": "string"}}}
    save("builder", builder_document("static", config_schema=schema))
    publish()

    page = client.post(NEW, sent)

    assert told(page) == {
        "build": ["Static was changed while you filled this in: it does not ask for exclude any more. You had typed: a"]
    }
    assert fields_of(page)["build/outputFolder"] == ["public"]
    assert not Service.objects.filter(name="Spring").exists()
    client.post(NEW, {**fields_of(page), "do": "save"})
    assert Service.objects.get(name="Spring").build_config == {"outputFolder": "public"}


def test_target_that_is_uninstalled_meanwhile_is_told(client: Client) -> None:
    page = client.post(NEW, {**FILLED, **DRAWN, "target": "gone@1", "drawn/target": "gone@1", "do": "save"})

    assert told(page)["target_part"] == [
        "gone@1 is not installed here. Choose another one, or ask an administrator to install it."
    ]
    assert list(told(page)) == ["target_part"]
    back = client.post(NEW, {**fields_of(page), "target": "directory@1"})
    assert fields_of(back)["source/files/0"] == ["<h1>Hello</h1>"]
    gone = client.post(NEW, {**fields_of(back), "target": "gone@1"})
    again = client.post(NEW, {**fields_of(gone), "target": "directory@1"})
    assert fields_of(again)["target/folder"] == fields_of(back)["target/folder"]


def test_what_is_put_aside_is_no_way_in(client: Client, service: Service, edit: dict[str, Any]) -> None:
    aside = '{"name": ["Taken"], "build/sourceFolder": ["<i>"], "team": ["Shop"]}'

    page = client.post(page_of(service, "edit"), {**edit, "builder": "command", "aside/build/command": aside})

    fields = fields_of(page)
    assert (fields["name"], fields["team"], fields["build/sourceFolder"]) == (["site"], ["Web"], ["<i>"])

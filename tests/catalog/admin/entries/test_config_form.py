"""The config schema in a form: its preview, its messages, and who may change it."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from catalog.models import Builder
from tests.catalog.admin.pages import BUILDERS, Browsers, errors, fill_in, page_of, send
from tests.factories import builder_document, save

pytestmark = pytest.mark.django_db
PREVIEW = "/admin/config-form/"
SCHEMA = {
    "type": "object",
    "properties": {"folder": {"type": "string", "title": "Source folder", "default": "."}},
    "required": ["folder"],
}
OTHER = {"type": "object", "properties": {"minify": {"type": "boolean"}}}
LOCKED = "Only people with the right to change config schemas may change this. What you typed was not saved."


def preview(client: Client, text: str) -> str:
    answer = client.post(PREVIEW, {"schema": text})
    assert answer.status_code == 200
    return answer.content.decode()


def hugo() -> Builder:
    save("builder", builder_document("hugo", config_schema=SCHEMA))
    return Builder.objects.get()


def test_preview_shows_the_form_that_the_schema_produces(browsers: Browsers) -> None:
    shown = preview(browsers["publisher"], json.dumps(SCHEMA))

    assert "Source folder" in shown
    assert 'name="/folder"' in shown
    assert 'placeholder="."' in shown
    assert 'form="config-preview"' in shown
    assert "required" in shown


EVERYTHING = {
    "properties": {
        "text": {"type": "string", "format": "email", "examples": ["a@b.c"]},
        "long": {"type": "string", "x-widget": "textarea"},
        "number": {"type": "number", "default": 1.5},
        "yes": {"type": "boolean", "default": True},
        "choice": {"enum": ["a", "b"], "default": "b"},
        "choices": {"type": "array", "uniqueItems": True, "items": {"enum": ["left", "right"]}},
        "fixed": {"const": 5},
        "list": {"type": "array", "items": {"type": "string"}, "default": ["one", "two"]},
        "groups": {"type": "array", "items": {"properties": {"deep": {"type": "string"}}}},
        "map": {"additionalProperties": {"type": "integer"}, "type": "object"},
        "secret": {"type": "object", "format": "secret"},
        "json": {"oneOf": [{"type": "string"}, {"type": "object"}], "default": {"a": 1}},
    },
    "if": {"properties": {"yes": {"const": True}}},
    "then": {"required": ["text"], "properties": {"extra": {"type": "string"}}},
}


@pytest.mark.parametrize(
    "part",
    [
        'type="email"', "For instance: a@b.c", "<textarea", 'placeholder="1.5"', "checked", "Default: B",
        '<option value="b">', 'type="checkbox" name="/choices" value="left"', ">5</option>", "one\ntwo",
        'name="/groups/0/deep"', 'name="/map/0~key"',
        'name="/map/0"', 'type="password"', "&quot;a&quot;: 1", "required when Yes is Yes",
        "only when Yes is Yes",
    ],
)  # fmt: skip
def test_preview_renders_every_kind_of_field(part: str, browsers: Browsers) -> None:
    assert part in preview(browsers["editor"], json.dumps(EVERYTHING))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1\n "b"', "Line 2, column 2: a comma or a closing bracket is missing."),
        ("[]", "A config schema is an object: it starts with { and ends with }."),
        ('{"type": "text"}', "/type: This is no JSON Schema 2020-12"),
        ('{"$ref": "https://x"}', "/$ref: A reference must stay inside the schema"),
        ('{"title": "\\u0000"}', "A text holds the character U+0000."),
        ("[" * 30_000, "It is nested too deeply"),
        ('{"a": ' * 30 + "1" + "}" * 30, "nested more than 20 levels deep"),
        (" " * 50_000, "More than 40,000 characters are not previewed"),
    ],
    ids=range(8),
)
def test_preview_says_what_is_wrong_and_where(text: str, message: str, browsers: Browsers) -> None:
    shown = preview(browsers["editor"], text)

    assert message in shown
    assert 'role="alert"' in shown


def test_nothing_is_a_form_without_questions(browsers: Browsers) -> None:
    assert preview(browsers["editor"], "").count("There is nothing to set.") == 1


def test_preview_escapes_what_people_wrote(browsers: Browsers) -> None:
    attack = "\"'><script>alert(1)</script>"
    schema = {
        "title": attack, "description": attack, "properties": {
            attack: {"type": "string", "title": attack, "description": attack, "default": attack, "examples": [attack]},
            "choice": {"enum": [attack], "title": attack}, "json": {"default": {attack: attack}},
            "list": {"type": "array", "items": {"type": "string"}, "default": [attack]},
        },
    }  # fmt: skip

    shown = preview(browsers["editor"], json.dumps(schema))

    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_preview_is_for_who_may_look_and_only_posted(browsers: Browsers) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger", is_staff=True))

    assert browsers["editor"].get(PREVIEW).status_code == 405
    assert stranger.post(PREVIEW, {"schema": "{}"}).status_code == 403
    assert browsers["anonymous"].post(PREVIEW, {"schema": "{}"}).status_code == 302


@pytest.mark.parametrize(("name", "is_locked"), [("editor", True), ("schemas", False), ("administrator", False)])
def test_only_schema_admins_may_change_a_schema(name: str, is_locked: bool, browsers: Browsers) -> None:
    schemas = User.objects.create_user("schemas", is_staff=True)
    schemas.groups.add(Group.objects.get(name="Schema admin"))
    client = Client()
    client.force_login(User.objects.get(username=name))
    page = page_of(hugo())

    opened = client.get(page).content.decode()
    answer = send(client, page, config_schema=json.dumps(OTHER), change_note="Other settings")

    assert ("readonly" in opened.split("<textarea")[-1].split(">")[0]) == is_locked or "readonly" in opened
    assert errors(answer) == ({"config_schema": [LOCKED]} if is_locked else {})
    assert Builder.objects.get().config_schema == (SCHEMA if is_locked else OTHER)


def test_editor_changes_the_rest_of_an_entry_that_has_a_schema(browsers: Browsers) -> None:
    answer = send(browsers["editor"], page_of(hugo()), icon="hugo", change_note="An icon")

    assert errors(answer) == {}
    assert (Builder.objects.get().icon, Builder.objects.get().config_schema) == ("hugo", SCHEMA)


def test_editor_makes_no_new_entry_with_a_schema(browsers: Browsers) -> None:
    fields = {"slug": "hugo", "display_name": "Hugo", "category": "static_site", "backend": "hugo@1"}

    answer = send(
        browsers["editor"], f"{BUILDERS}add/", **fields, config_schema='{"type": "object"}', change_note="New"
    )

    assert errors(answer) == {"config_schema": [LOCKED]}
    assert Builder.objects.count() == 0


def test_viewer_sees_the_form_and_nothing_to_send(browsers: Browsers) -> None:
    shown = browsers["publisher"].get(page_of(hugo())).content.decode()

    assert 'name="/folder"' in shown
    assert "config_schema" not in shown


def test_schema_is_laid_out_for_reading(browsers: Browsers) -> None:
    builder = hugo()

    fields: Any = fill_in(browsers["administrator"], page_of(builder))

    # PostgreSQL keeps no order of keys.
    assert (fields["config_schema"], builder.config_schema) == (json.dumps(builder.config_schema, indent=2), SCHEMA)

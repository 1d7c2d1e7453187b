"""Config schemas that break what is configured: refused wherever entries are saved, unless there is a reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from catalog.actions.bulk import Edit, Operation, apply_edits
from catalog.actions.documents import Item, RefusedItemsError, replace_document, write_documents
from catalog.actions.entries import save_entry
from catalog.actions.errors import NotAllowedError, RefusedError, SchemaGateError
from catalog.actions.imports import apply_import
from catalog.actions.restore import restore_revision
from catalog.actions.revisions import MAX_REASON, Change
from catalog.models import AuditRecord, Builder, Revision, find_entry
from catalog.models.history import RevisionSource
from catalog.usage import StoredConfig, forget_stored_configs, register_stored_configs
from tests.catalog.actions.dry_runs import json_import, problems
from tests.catalog.gates import BLOG, DOCUMENT, KEY, LIVE, NARROWER, SHOP, WIDER, document_with, publish_live, schema
from tests.factories import builder_document, change_by, publish, save

pytestmark = pytest.mark.django_db
REASON = "Folders are at most three letters from now on"


@pytest.fixture
def stored() -> Iterator[list[StoredConfig]]:
    configs: list[StoredConfig] = []

    def find(key: str) -> list[StoredConfig]:
        return configs if key == KEY else []

    register_stored_configs(find)
    yield configs
    forget_stored_configs(find)


@pytest.fixture
def schema_admin(editor: User) -> User:
    names = ("change_config_schema", "add_builder", "change_builder")
    editor.user_permissions.set(Permission.objects.filter(codename__in=names))
    return User.objects.get(pk=editor.pk)


def save_with(config_schema: Any, by: User | None, reason: str = "") -> Revision | None:
    source = RevisionSource.API if by else RevisionSource.STARTER
    change = Change(by=by, note="Because", source=source, breaking_schema_reason=reason)
    return save_entry("builder", document_with(config_schema), change)


def newest() -> Revision:
    entry = find_entry(KEY)
    assert entry is not None
    assert entry.latest_revision is not None
    return entry.latest_revision


def test_schema_that_accepts_more_is_saved(schema_admin: User, stored: list[StoredConfig]) -> None:
    publish_live()
    stored += [BLOG, SHOP]

    save_with(WIDER, schema_admin)

    assert newest().document["config_schema"] == WIDER


def test_schema_that_breaks_is_refused_with_everything_that_would_break(
    schema_admin: User, stored: list[StoredConfig]
) -> None:
    publish_live()
    stored += [SHOP, BLOG]

    with pytest.raises(SchemaGateError) as refused:
        save_with(NARROWER, schema_admin)

    error = refused.value
    assert error.key == KEY
    assert {change.path for change in error.changes} == {"/properties/minify", "/properties/folder/maxLength"}
    assert [name for name, _ in error.broken] == ["service Blog"]
    assert {problem.path for problem in error.problems} == {
        "/config_schema", "/config_schema/properties/minify", "/config_schema/properties/folder/maxLength",
    }  # fmt: skip
    assert "service Blog" in str(error)
    assert newest().document == DOCUMENT


def test_schema_admin_goes_on_with_a_reason_that_the_audit_keeps(
    schema_admin: User, stored: list[StoredConfig]
) -> None:
    publish_live()
    stored.append(BLOG)

    save_with(NARROWER, schema_admin, f" {REASON}\n")

    assert newest().document["config_schema"] == NARROWER
    assert list(AuditRecord.objects.filter(by=schema_admin).order_by("pk").values_list("object_name", "detail")) == [
        (KEY, "Revision 2: Because"),
        (KEY, f"Config schema changed in spite of 2 breaking changes, 1 broken configs: {REASON}"),
    ]


@pytest.mark.parametrize("reason", ["", " \n\t", "\u200b"])
def test_empty_reason_is_none(reason: str, schema_admin: User) -> None:
    publish_live()

    with pytest.raises(SchemaGateError):
        save_with(NARROWER, schema_admin, reason)


def test_reason_has_a_limit(schema_admin: User) -> None:
    publish_live()

    with pytest.raises(RefusedError, match="300 are allowed"):
        save_with(NARROWER, schema_admin, "x" * (MAX_REASON + 1))


def test_reason_does_not_replace_the_permission(editor: User) -> None:
    publish_live()

    with pytest.raises(NotAllowedError, match="Only a schema admin"):
        save_with(NARROWER, editor, REASON)


def test_schema_is_compared_with_the_live_one_not_with_the_draft_before(schema_admin: User) -> None:
    publish_live()
    save_with(WIDER, schema_admin)

    # A setting that only the draft has may go again; nobody has used it.
    save_with(LIVE, schema_admin)
    save_with(NARROWER, schema_admin, REASON)
    # What was agreed once is not asked again by the next change of something else.
    save_entry("builder", {**document_with(NARROWER), "display_name": "Hugo 2"}, change_by(schema_admin))

    assert newest().document["display_name"] == "Hugo 2"
    with pytest.raises(SchemaGateError):
        save_with(schema(folder={"type": "string", "maxLength": 2}), schema_admin)


def test_entry_that_was_never_live_is_judged_by_stored_configs_only(
    schema_admin: User, stored: list[StoredConfig]
) -> None:
    save("builder", DOCUMENT)
    save_with(schema(folder={"type": "string", "maxLength": 3}, minify={"type": "boolean"}), schema_admin)
    stored.append(BLOG)

    with pytest.raises(SchemaGateError) as refused:
        save_with(NARROWER, schema_admin)

    assert refused.value.changes == []
    assert [name for name, _ in refused.value.broken] == ["service Blog"]


def test_config_that_is_wrong_already_is_not_this_changes_doing(schema_admin: User, stored: list[StoredConfig]) -> None:
    publish_live()
    stored.append(StoredConfig(BLOG.use, {"folder": 5}))

    save_with(WIDER, schema_admin)

    assert newest().document["config_schema"] == WIDER


def test_first_schema_of_a_live_entry_promises_nothing_but_what_is_stored(
    schema_admin: User, stored: list[StoredConfig]
) -> None:
    save("builder", builder_document("hugo"))
    publish()
    save_with(NARROWER, schema_admin)
    stored.append(BLOG)

    with pytest.raises(SchemaGateError):
        save_with(schema(other={}), schema_admin)


def test_new_entry_has_no_gate(schema_admin: User) -> None:
    save_with(NARROWER, schema_admin)

    assert newest().number == 1


def test_starter_catalogue_is_kept_from_breaking_services_only(stored: list[StoredConfig]) -> None:
    publish_live()
    save_with(NARROWER, None)
    stored.append(BLOG)

    with pytest.raises(SchemaGateError):
        save_with({**NARROWER, "title": "Again"}, None)


def test_import_shows_what_breaks_as_errors_of_the_line(schema_admin: User, stored: list[StoredConfig]) -> None:
    publish_live()
    stored.append(BLOG)

    found = json_import(schema_admin, document_with(NARROWER))

    assert found.rows[0]["verdict"] == "error"
    (messages,) = problems(found)
    assert {column for column, _ in messages} == {"config_schema"}
    assert any("service Blog" in message for _, message in messages)
    with pytest.raises(RefusedError, match="line is wrong"):
        apply_import(found.pk, note="Because", by=schema_admin)


def test_service_that_came_meanwhile_stops_an_import(schema_admin: User, stored: list[StoredConfig]) -> None:
    save("builder", DOCUMENT)
    found = json_import(schema_admin, document_with(NARROWER))
    stored.append(BLOG)

    with pytest.raises(RefusedError, match="service Blog"):
        apply_import(found.pk, note="Because", by=schema_admin)


def test_documents_of_programs_are_refused_alike(schema_admin: User) -> None:
    publish_live()
    entry = Builder.objects.get()
    change = change_by(schema_admin)

    with pytest.raises(SchemaGateError):
        replace_document(entry, document_with(NARROWER), change, expected_revision=1)
    with pytest.raises(RefusedItemsError) as refused:
        write_documents([Item(kind="builder", document=document_with(NARROWER), expected_revision=1)], change)

    assert {(place, problem.code) for place, problem in refused.value.problems} == {
        (0, "property_removed"), (0, "limit_narrowed"),
    }  # fmt: skip
    agreed = Change(by=schema_admin, note="x", source=RevisionSource.API, breaking_schema_reason=REASON)
    assert replace_document(entry, document_with(NARROWER), agreed, expected_revision=1).outcome == "changed"


def test_edit_of_many_leaves_schemas_alone(schema_admin: User) -> None:
    publish_live()
    edit = Edit(column="best_for", operation=Operation.SET, value="Everybody")

    assert apply_edits("builder", {Builder.objects.get().pk: 1}, [edit], note="x", by=schema_admin) == 1


def test_restoring_a_narrower_schema_needs_a_reason_too(schema_admin: User) -> None:
    save("builder", document_with(NARROWER))
    save("builder", document_with(LIVE))
    publish()
    entry = Builder.objects.get()

    with pytest.raises(SchemaGateError):
        restore_revision(entry, number=1, by=schema_admin, note="Back", expected_revision=2)
    restore_revision(entry, number=1, by=schema_admin, note="Back", expected_revision=2, breaking_schema_reason=REASON)

    assert newest().document["config_schema"] == NARROWER


def test_live_schema_that_is_not_valid_any_more_cannot_be_compared(
    schema_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_live()
    monkeypatch.setattr("catalog.actions.schema_gate.schema_problems", lambda schema: ["something"])

    with pytest.raises(SchemaGateError) as refused:
        save_with({**LIVE, "title": "Other"}, schema_admin)

    assert [change.kind for change in refused.value.changes] == ["not_comparable"]

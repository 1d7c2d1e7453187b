"""Revisions and audit records are append-only: the database itself refuses, whoever asks."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from catalog.migrations._append_only import TABLES
from catalog.models import AuditRecord, Revision
from catalog.models.audit import Verb
from tests.factories import SANITY, sanity, save


def execute(statement: str) -> Callable[[], object]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def save_changed() -> None:
    revision = Revision.objects.get()
    revision.change_note = "Rewritten"
    revision.save()


def delete_unreferenced() -> object:
    """Only the trigger is left to refuse it: nothing points at the revision any more."""
    type(sanity()).objects.update(latest_revision=None)
    return execute("DELETE FROM catalog_revision")()


TAMPERING = {
    "save": save_changed,
    "update": lambda: Revision.objects.update(change_note="Rewritten"),
    "bulk_update": lambda: Revision.objects.bulk_update(Revision.objects.all(), ["canonical"]),
    "same value": lambda: Revision.objects.update(number=1),
    "raw update": execute("UPDATE catalog_revision SET author_id = NULL"),
    "raw delete": delete_unreferenced,
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TAMPERING)
def test_database_refuses_to_touch_a_revision(name: str) -> None:
    save("provider", SANITY, approved=False)
    before = list(Revision.objects.values())

    with pytest.raises(IntegrityError, match="catalog_revision is append-only"), transaction.atomic():
        TAMPERING[name]()

    assert list(Revision.objects.values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tamper", [execute("UPDATE catalog_auditrecord SET detail = 'x'"), execute("DELETE FROM catalog_auditrecord")]
)
def test_database_refuses_to_touch_an_audit_record(tamper: Callable[[], object]) -> None:
    AuditRecord.objects.note(Verb.EXPORTED, by=None, object_name="providers", detail="csv")
    before = list(AuditRecord.objects.values())

    with pytest.raises(IntegrityError, match="catalog_auditrecord is append-only"), transaction.atomic():
        tamper()

    assert list(AuditRecord.objects.values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_triggers_are_there_after_all_migrations(table: str) -> None:
    query = {
        "sqlite": f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'",
        "postgresql": f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal",
    }
    names = {"sqlite": {f"{table}_no_update", f"{table}_no_delete"}, "postgresql": {f"{table}_no_change"}}
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}

    assert found == names[connection.vendor]


@pytest.mark.django_db
def test_code_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_every_migration_is_reversible() -> None:
    migrations = MigrationLoader(None).disk_migrations
    one_way = [
        key
        for key, migration in migrations.items()
        if key[0] in ("catalog", "deployments") and not all(operation.reversible for operation in migration.operations)
    ]

    assert one_way == []


@pytest.mark.slow
@pytest.mark.usefixtures("flushable")
def test_catalogue_migrates_to_nothing_and_back() -> None:
    try:
        call_command("migrate", "catalog", "zero", verbosity=0)
        left = [name for name in connection.introspection.table_names() if name.startswith("catalog_")]
    finally:
        call_command("migrate", verbosity=0)

    assert left == []
    save("provider", SANITY)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Revision.objects.update(change_note="Rewritten")

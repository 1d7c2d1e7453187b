"""Roles: made once; and what no page can let a person do, type limits and config schemas."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from catalog.actions.approvals import approve, withdraw_approval
from catalog.actions.entries import save_entry
from catalog.actions.errors import RefusedError
from catalog.actions.roles import ROLES, complete_roles, create_roles, find_lacking, is_within_limits
from catalog.models import Approval, AuditRecord, Builder, Revision, TypeLimit
from tests.factories import builder_document, change_by, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
SCHEMA = {"type": "object", "properties": {"minify": {"type": "boolean"}}}
SHOP = provider_document("snipcart", provider_type="ecommerce", cms_type=None, ecommerce_type="cart_overlay")
REFUSED_SCHEMA = "Only a schema admin may change the config schema or the backend of an entry."


@pytest.fixture
def limited(editor: User) -> User:
    """An editor for CMS providers only."""
    TypeLimit.objects.create(person=editor, provider_type="cms")
    return editor


def may_change_schemas(person: User) -> User:
    person.user_permissions.add(Permission.objects.get(codename="change_config_schema"))
    return User.objects.get(pk=person.pk)


def test_roles_hold_every_permission_that_they_name() -> None:
    Group.objects.all().delete()

    assert create_roles() == list(ROLES)

    held = {group.name: {p.codename for p in group.permissions.all()} for group in Group.objects.all()}
    assert held == {name: set(codenames) for name, codenames in ROLES.items()}


def test_second_run_leaves_what_an_administrator_made_of_a_role() -> None:
    create_roles()
    viewer = Group.objects.get(name="Viewer")
    viewer.permissions.clear()
    Group.objects.get(name="Editor").delete()

    assert create_roles() == ["Editor"]

    assert viewer.permissions.count() == 0


def test_roles_are_completed_and_nothing_is_taken_from_them() -> None:
    create_roles()
    editor, viewer = Group.objects.get(name="Editor"), Group.objects.get(name="Viewer")
    lost, more = (Permission.objects.get(codename=name) for name in ("add_provider", "view_auditrecord"))
    editor.permissions.remove(lost)
    editor.permissions.add(more)
    Group.objects.get(name="Publisher").delete()

    assert find_lacking() == {"Editor": ["catalog.add_provider"]}
    assert (complete_roles(), complete_roles()) == ({"Editor": ["catalog.add_provider"]}, {})

    assert {each.codename for each in editor.permissions.all()} == {*ROLES["Editor"], "view_auditrecord"}
    assert {each.codename for each in viewer.permissions.all()} == set(ROLES["Viewer"])
    assert not Group.objects.filter(name="Publisher").exists()
    noted = AuditRecord.objects.filter(verb="permissions_changed", by=None).values_list("object_name", "detail")
    assert list(noted) == [("Editor", "Role completed: catalog.add_provider")]


def test_command_says_what_roles_lack_and_gives_it_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    create_roles()
    Group.objects.get(name="Deployer").permissions.remove(Permission.objects.get(codename="deploy_service"))

    told = []
    for arguments in ([], ["--complete"], []):
        call_command("create_roles", *arguments)
        told.append(capsys.readouterr().out.splitlines())

    assert told == [
        [
            "All roles are there.",
            "Deployer lacks: deployments.deploy_service",
            "Give them that with --complete, unless somebody took it from them on purpose.",
        ],
        ["All roles are there.", "Deployer was given: deployments.deploy_service"],
        ["All roles are there."],
    ]


def test_limited_person_changes_entries_of_their_types(limited: User) -> None:
    key = save("provider", provider_document(), limited)

    assert list(Revision.objects.values_list("entry_key", "author__username")) == [(key, "editor")]


@pytest.mark.parametrize(
    ("kind", "document"),
    [("provider", SHOP), ("builder", builder_document()), ("stack", stack_document())],
    ids=["shop", "builder", "stack"],
)
def test_limited_person_changes_nothing_else(kind: str, document: dict[str, str], limited: User) -> None:
    with pytest.raises(RefusedError, match=r"^You may only change CMS providers\.$"):
        save_entry(kind, document, change_by(limited))
    save(kind, document)
    with pytest.raises(RefusedError, match=r"^You may only change CMS providers\.$"):
        save_entry(kind, {**document, "display_name": "Other"}, change_by(limited))

    assert Revision.objects.count() == 1


def test_several_limits_are_several_types(limited: User) -> None:
    TypeLimit.objects.create(person=limited, provider_type="ecommerce")

    save("provider", SHOP, limited)
    with pytest.raises(RefusedError, match=r"^You may only change CMS and E-commerce providers\.$"):
        save_entry("builder", builder_document(), change_by(limited))

    assert Revision.objects.count() == 1


def test_limited_person_decides_about_nothing_else(limited: User) -> None:
    save("builder", builder_document(), approved=False)
    hugo = Builder.objects.get()

    with pytest.raises(RefusedError, match="only change CMS providers"):
        approve(hugo, number=1, by=limited)
    approve(hugo, number=1, by=None)
    with pytest.raises(RefusedError, match="only change CMS providers"):
        withdraw_approval(hugo, by=limited)

    assert Approval.objects.count() == 1


def test_limits_hold_for_nobody_else(limited: User, publisher: User) -> None:
    root = User.objects.create_superuser("root")
    TypeLimit.objects.create(person=root, provider_type="cms")

    people = {"limited": limited, "publisher": publisher, "root": root, "command": None}
    assert {name: is_within_limits(person, key="builders/hugo") for name, person in people.items()} == {
        "limited": False,
        "publisher": True,
        "root": True,
        "command": True,
    }


@pytest.mark.parametrize("key", ["providers/cmsx/a", "providers/ssg/cms", "providers", "cms", "", "stacks/cms/a"])
def test_key_that_only_looks_like_the_type_is_beyond_the_limit(key: str, limited: User) -> None:
    assert is_within_limits(limited, key=key) is False


def test_config_schema_is_changed_by_schema_admins_only(editor: User) -> None:
    with pytest.raises(RefusedError, match=REFUSED_SCHEMA):
        save_entry("builder", builder_document(config_schema=SCHEMA), change_by(editor))
    save("builder", builder_document(), editor)
    for changed in ({"config_schema": SCHEMA}, {"backend": "hugo@2"}):
        with pytest.raises(RefusedError, match=REFUSED_SCHEMA):
            save_entry("builder", builder_document(**changed), change_by(editor))
    assert Revision.objects.count() == 1

    save_entry(
        "builder", builder_document(config_schema=SCHEMA, backend="hugo@2"), change_by(may_change_schemas(editor))
    )

    assert Revision.objects.count() == 2


def test_anybody_edits_the_rest_of_an_entry_with_a_config_schema(editor: User) -> None:
    save("builder", builder_document(config_schema=SCHEMA))

    save("builder", builder_document(config_schema=SCHEMA, display_name="Hugo static sites"), editor)

    assert list(Revision.objects.values_list("author__username", flat=True)) == ["editor", None]


def test_taking_a_config_schema_away_is_a_change_of_it(editor: User) -> None:
    save("builder", builder_document(config_schema=SCHEMA))

    with pytest.raises(RefusedError, match=REFUSED_SCHEMA):
        save_entry("builder", builder_document(), change_by(editor))

    assert Revision.objects.count() == 1


def test_starter_and_superusers_change_config_schemas() -> None:
    root = User.objects.create_superuser("root")

    save("provider", provider_document("sanity", config_schema=SCHEMA))
    save("provider", provider_document("sanity", config_schema={**SCHEMA, "title": "Sanity"}), root)

    assert sanity().config_schema == {**SCHEMA, "title": "Sanity"}

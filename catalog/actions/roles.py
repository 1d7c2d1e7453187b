"""The roles: groups of people by what they may do, and what a person may not do whatever the page. Each role looks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import QuerySet

from catalog.actions.errors import NotAllowedError
from catalog.models import AuditRecord, TokenOwner, TypeLimit
from catalog.models.audit import Verb
from catalog.models.choices import ProviderType

LOOK = (
    "view_provider", "view_builder", "view_stack", "view_stackprovider", "view_revision", "view_snapshot",
    "view_activity",
)  # fmt: skip
EDIT = (
    "add_provider", "change_provider", "add_builder", "change_builder", "add_stack", "change_stack",
    "add_stackprovider", "change_stackprovider", "delete_stackprovider",
)  # fmt: skip
APPROVE = ("approve_revision",)
PUBLISH = ("publish_snapshot",)
CHANGE_SCHEMAS = ("change_config_schema",)
MANAGE_PEOPLE = (
    "view_user", "add_user", "change_user", "view_group", "add_group", "change_group",
    "view_typelimit", "add_typelimit", "change_typelimit", "delete_typelimit", "view_auditrecord",
)  # fmt: skip
DEPLOY = ("view_service", "add_service", "change_service", "delete_service", "deploy_service")
SEE_EVERY_SERVICE = ("see_every_service",)
ROLES: dict[str, tuple[str, ...]] = {
    "Viewer": LOOK,
    "Editor": LOOK + EDIT,
    "Approver": LOOK + APPROVE,
    "Publisher": LOOK + PUBLISH,
    "Schema admin": LOOK + EDIT + CHANGE_SCHEMAS,
    "Deployer": LOOK + DEPLOY,
    "Administrator": LOOK + EDIT + APPROVE + PUBLISH + CHANGE_SCHEMAS + MANAGE_PEOPLE + DEPLOY + SEE_EVERY_SERVICE,
}
# The apps whose permissions are given to people.
APPS = ("auth", "catalog", "deployments")


@transaction.atomic
def create_roles() -> list[str]:
    """Make the roles that are missing; their names. One that is there keeps what an administrator made of it."""
    made = []
    for name in ROLES:
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(_permissions_of(name))
            made.append(name)
    return made


def find_lacking() -> dict[str, list[str]]:
    """What roles that are there lack of what they would be made with: since an update, or since somebody took it away.

    By the name of the role, `app.codename` each. A query for each role.
    """
    lacking = {}
    for group in Group.objects.filter(name__in=ROLES).order_by("name"):
        rows = _permissions_of(group.name).exclude(group=group)
        lacking[group.name] = [f"{each.content_type.app_label}.{each.codename}" for each in rows]
    return {name: permissions for name, permissions in lacking.items() if permissions}


@transaction.atomic
def complete_roles() -> dict[str, list[str]]:
    """Give the roles that are there what they lack, and take nothing away; what each was given. Kept in the audit."""
    lacking = find_lacking()
    for name, permissions in lacking.items():
        Group.objects.get(name=name).permissions.add(*_permissions_of(name))
        detail = f"Role completed: {', '.join(permissions)}"
        AuditRecord.objects.note(Verb.PERMISSIONS_CHANGED, by=None, object_name=name, detail=detail)
    return lacking


def _permissions_of(role: str) -> QuerySet[Permission]:
    wanted = Permission.objects.filter(content_type__app_label__in=APPS, codename__in=ROLES[role])
    return wanted.select_related("content_type").order_by("content_type__app_label", "codename")


def is_within_limits(by: User | None, *, key: str) -> bool:
    """Whether the person's type limits, if there are any, leave them this entry. One query at most."""
    return fits_limits(limits_of(by), key=key)


def fits_limits(limits: Sequence[str], *, key: str) -> bool:
    """Whether an entry is a provider of one of these types; without limits every entry is meant."""
    folder, _, rest = key.partition("/")
    return not limits or (folder == "providers" and rest.partition("/")[0] in limits)


def limits_of(by: User | None) -> list[str]:
    """The types of providers that a person is limited to; empty for no limit, for superusers and for commands.

    A token narrows its owner, superusers too; if nothing is left in common, what is left is a type that no entry has.
    """
    if by is None:
        return []
    own = (
        []
        if by.is_superuser
        else list(TypeLimit.objects.filter(person_id=by.pk).values_list("provider_type", flat=True))
    )
    narrowed: list[str] = by.token.provider_types if isinstance(by, TokenOwner) else []
    if not own or not narrowed:
        return own or narrowed
    return [limit for limit in own if limit in narrowed] or ["none"]


def refuse_beyond_limits(by: User | None, *, key: str) -> None:
    """Raises NotAllowedError if the person may change entries of other types only."""
    if is_within_limits(by, key=key):
        return
    types = " and ".join(str(dict(ProviderType.choices).get(limit, limit)) for limit in limits_of(by))
    raise NotAllowedError(f"You may only change {types} providers.")


def refuse_schema_change(by: User | None, *, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Raises NotAllowedError if the person may not make the change to what guards configs; `before` is None if new.

    The backend of a new entry is anybody's choice; later it decides, with the schema, which stored configs still hold.
    """
    if by is None or by.has_perm("catalog.change_config_schema"):
        return
    guarded = ("config_schema",) if before is None else ("config_schema", "backend")
    if any((before or {}).get(name) != after.get(name) for name in guarded):
        raise NotAllowedError("Only a schema admin may change the config schema or the backend of an entry.")

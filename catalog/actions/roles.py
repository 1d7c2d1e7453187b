"""The roles: groups of people by what they may do. Each role includes looking."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

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
ROLES: dict[str, tuple[str, ...]] = {
    "Viewer": LOOK,
    "Editor": LOOK + EDIT,
    "Approver": LOOK + APPROVE,
    "Publisher": LOOK + PUBLISH,
    "Schema admin": LOOK + EDIT + CHANGE_SCHEMAS,
    "Administrator": LOOK + EDIT + APPROVE + PUBLISH + CHANGE_SCHEMAS + MANAGE_PEOPLE,
}


@transaction.atomic
def create_roles() -> list[str]:
    """Make the roles that are missing; their names. One that is there keeps what an administrator made of it."""
    made = []
    for name, codenames in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(
                Permission.objects.filter(content_type__app_label__in=("catalog", "auth"), codename__in=codenames)
            )
            made.append(name)
    return made

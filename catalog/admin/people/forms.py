"""The forms of a person's account, in words for those who are not programmers."""

from typing import Any

from django import forms
from django.contrib.auth.forms import ReadOnlyPasswordHashWidget
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Permission, User
from django.utils.text import capfirst
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.actions.access import LAST_SUPERUSER, is_last_superuser
from catalog.actions.direction import validate_direction
from catalog.actions.roles import limits_of
from catalog.admin.people.versions import VersionedForm
from catalog.models.choices import ProviderType

WORDS = {
    "is_active": ("Active", "Switch this off instead of deleting somebody. They are signed out at once."),
    "is_staff": ("May use this admin", "Without this, somebody cannot sign in here, whatever their roles."),
    "is_superuser": ("Superuser", "May do everything, without any role. Keep this for one or two people."),
    "groups": ("Roles", "What somebody may do is the sum of their roles."),
    "user_permissions": ("Extra permissions", "Permissions beside the roles. Seldom needed: a role is easier to see."),
}


DEEDS = {"add": "Add", "change": "Change", "delete": "Delete", "view": "See"}
# What business people call what is kept in each table; a permission about any other has the name that Django gave it.
THINGS = {
    "activity": "the activity feed",
    "alias": "old keys",
    "approval": "decisions about drafts",
    "auditrecord": "the audit log",
    "builder": "builders",
    "group": "roles",
    "provider": "providers",
    "revision": "drafts and history",
    "snapshot": "snapshots",
    "stack": "stacks",
    "stackprovider": "the providers of stacks",
    "typelimit": "limits to types of providers",
    "user": "people",
}
NAMES = ("name", "first_name", "last_name")


class PasswordState(ReadOnlyPasswordHashWidget):
    """Whether there is a password, and the way to change it; nothing of what is stored."""

    template_name = "admin/catalog/widgets/password_state.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return {**context, "is_set": bool(value) and is_password_usable(value), "summary": []}


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Permissions by what they are for, without the names of apps and tables."""

    def label_from_instance(self, obj: Permission) -> str:
        deed, _, what = obj.codename.partition("_")
        things = THINGS.get(obj.content_type.model, "")
        return (
            f"{DEEDS[deed]} {things}"
            if deed in DEEDS and things and what == obj.content_type.model
            else capfirst(obj.name.removeprefix("Can "))
        )


class RoleForm(VersionedForm):
    """The form of a role."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        explain(self.fields)


class PersonForm(VersionedForm, UserChangeForm):  # type: ignore[misc]
    type_limits = forms.MultipleChoiceField(
        choices=ProviderType.choices,
        required=False,
        label="Only providers of these types",
        help_text="Tick none for everything that the roles allow.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        explain(self.fields)
        if "password" in self.fields:
            self.fields["password"].widget = PasswordState()
            self.fields["password"].help_text = ""
        self.fields["type_limits"].initial = limits_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """Says at the field what the action would refuse."""
        cleaned = super().clean()
        stored = User.objects.filter(pk=self.instance.pk).first()
        if stored is None or not (stored.is_superuser and stored.is_active and stored.is_staff):
            return cleaned
        lost = [name for name in ("is_active", "is_staff", "is_superuser") if cleaned.get(name) is False]
        if lost and is_last_superuser(stored):
            self.add_error(lost[0], LAST_SUPERUSER)
        return cleaned


class NewPersonForm(UserCreationForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        explain(self.fields)
        # Everybody here signs in with a password.
        self.fields.pop("usable_password", None)
        if "is_staff" in self.fields:
            self.fields["is_staff"].initial = True


def explain(fields: dict[str, forms.Field]) -> None:
    for name in NAMES:
        if name in fields:
            fields[name].validators.append(validate_direction)
    for name, (label, help_text) in WORDS.items():
        if name in fields:
            fields[name].label, fields[name].help_text = label, help_text

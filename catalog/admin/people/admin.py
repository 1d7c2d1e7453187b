"""People and roles in the theme of the rest. People are deactivated, not deleted: history names them.

Nobody gives or takes more than they hold themselves (`catalog.actions.access`): such accounts and roles are only shown.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.text import Truncator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.actions.access import (
    Access,
    access_of,
    access_of_role,
    may_manage,
    permissions_to_give,
    record_access_change,
    record_password_change,
    record_role_change,
    roles_to_give,
    set_type_limits,
)
from catalog.actions.errors import RefusedError
from catalog.admin.direction import isolated_html
from catalog.admin.moments import when
from catalog.admin.pages import keep_refusal, person_of, type_limits
from catalog.admin.people.forms import NewPersonForm, PermissionsField, PersonForm, RoleForm
from catalog.admin.people.versions import MARKS

MAX_SHOWN = 40
admin.site.unregister(User)
admin.site.unregister(Group)


class GuardedAdmin(ModelAdmin):  # type: ignore[misc]
    """What both have: no deleting, changes noted with what was before, and no more given than is held."""

    def access(self, obj: Any) -> Access:
        raise NotImplementedError

    def record(self, obj: Any, **change: Any) -> None:
        raise NotImplementedError

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not type_limits(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj) or type_limits(request):
            return False
        return obj is None or obj.pk is None or may_manage(person_of(request), self.access(obj))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Ticks instead of two lists, of what the person may give."""
        by = person_of(request)
        is_role = db_field.name == "groups"
        kwargs["queryset"] = roles_to_give(by) if is_role else permissions_to_give(by)
        kwargs["form_class"] = forms.ModelMultipleChoiceField if is_role else PermissionsField
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the theme's button to add a role from within a person."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        form.before = self.access(obj) if change else None
        form.by_before = access_of(person_of(request))
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        self.record(form.instance, before=form.before, by_before=form.by_before, by=person_of(request))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except RefusedError as error:
            messages.error(request, keep_refusal(request, error))
            return HttpResponseRedirect(request.get_full_path())


@admin.register(User)
class PersonAdmin(GuardedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    form = PersonForm
    add_form = NewPersonForm
    # Django's own begins with advice that our form does not need.
    add_form_template = "admin/change_form.html"
    change_password_form = AdminPasswordChangeForm
    list_display = ("account", "full_name", "roles", "status", "last_sign_in")
    list_filter = ("is_active", "groups")
    list_per_page = 50
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", MARKS)}),
        ("Name", {"fields": (("first_name", "last_name"), "email")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "groups", "type_limits", "is_superuser")}),
        ("More", {"classes": ("collapse",), "fields": ("user_permissions", ("last_login", "date_joined"))}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2")}),
        ("Name", {"fields": (("first_name", "last_name"), "email")}),
        ("What they may do", {"fields": ("is_staff", "groups")}),
    )

    def access(self, obj: User) -> Access:
        return access_of(obj)

    def record(self, obj: User, **change: Any) -> None:
        record_access_change(obj, **change)

    @admin.display(description="Username", ordering="username")
    def account(self, person: User) -> str:
        return Truncator(person.username).chars(MAX_SHOWN)

    @admin.display(description="Name", ordering="first_name")
    def full_name(self, person: User) -> str:
        name = Truncator(person.get_full_name()).chars(MAX_SHOWN)
        return isolated_html(name) if name else "—"

    @admin.display(description="Last sign-in", ordering="last_login")
    def last_sign_in(self, person: User) -> str:
        return when(person.last_login)

    @admin.display(description="Roles")
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "—"

    @admin.display(description="Only providers of these types")
    def limits(self, person: User) -> str:
        return ", ".join(map(str, person.type_limits.all())) or "—"

    @display(description="Status", label={"active": "success", "superuser": "info", "inactive": "danger"})
    def status(self, person: User) -> str:
        if not person.is_active:
            return "inactive"
        return "superuser" if person.is_superuser else "active"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.readonly_fields if person_of(request).is_superuser else ("is_superuser", *self.readonly_fields)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Who may only look sees nothing of the password."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        may = ("What they may do", {"fields": ("is_active", "is_staff", "groups", "limits", "is_superuser")})
        return ((None, {"fields": ("username",)}), fieldsets[1], may, *fieldsets[3:])

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:  # noqa: FBT001
        if change:
            set_type_limits(form.instance, types=form.cleaned_data["type_limits"])
        super().save_related(request, form, formsets, change)

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        person = self.get_object(request, unquote(id))
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)
            changed = User.objects.filter(pk=person.pk).exclude(password=person.password).first() if person else None
            if changed:
                record_password_change(changed, by=person_of(request))
        return answer


@admin.register(Group)
class GroupAdmin(GuardedAdmin, DjangoGroupAdmin):  # type: ignore[misc]
    form = RoleForm
    list_display = ("name", "people")
    filter_horizontal = ()

    def access(self, obj: Group) -> Access:
        return access_of_role(obj)

    def record(self, obj: Group, **change: Any) -> None:
        record_role_change(obj, **change)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("name", "permissions")
        return (*shown, MARKS) if obj and self.has_change_permission(request, obj) else shown

    @admin.display(description="People")
    def people(self, role: Any) -> int:
        people: int = role.people
        return people

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people=models.Count("user"))

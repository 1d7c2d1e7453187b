"""Programs that use the API: their tokens, the answers that must not be given twice, and what they read."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

# What a program may be allowed, and the permissions of its owner that each scope lets through.
SCOPES: dict[str, tuple[str, ...]] = {
    "entries:read": (
        "catalog.view_provider", "catalog.view_builder", "catalog.view_stack", "catalog.view_revision",
        "catalog.view_snapshot", "catalog.view_activity",
    ),
    "entries:write": tuple(
        f"catalog.{verb}_{kind}" for verb in ("add", "change") for kind in ("provider", "builder", "stack")
    ),
    "entries:approve": ("catalog.approve_revision",),
    "snapshots:publish": ("catalog.publish_snapshot",),
    "schemas:write": ("catalog.change_config_schema",),
    "services:read": ("deployments.view_service",),
    "services:write": ("deployments.add_service", "deployments.change_service", "deployments.delete_service"),
    "deployments:read": ("deployments.view_service",),
    "deployments:trigger": ("deployments.deploy_service",),
}  # fmt: skip
# Who does something with a service must find it first, among those that the owner sees. What is shown of it is the
# business of the scopes for reading.
FINDING = ("deployments.view_service", "deployments.see_every_service")
LETS_THROUGH: dict[str, tuple[str, ...]] = {
    scope: permissions + FINDING if scope.startswith(("services:", "deployments:")) else permissions
    for scope, permissions in SCOPES.items()
}


class Token(models.Model):
    """A key for a program, `reg_<public_id>_<secret>`; only a digest of the secret is kept.

    It may do what its `scopes` say and its owner may, for providers of `provider_types` only if there are any.
    """

    public_id = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    provider_types = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(name="token_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="token_expires_after_it_was_made", condition=Q(expires_at__gt=models.F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TokenOwner(User):
    """The owner of a token while a program acts with it: the same row, but may do no more than the token's scopes."""

    token: Token

    class Meta:
        proxy = True

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        let_through = {permission for scope in self.token.scopes for permission in LETS_THROUGH.get(scope, ())}
        return perm in let_through and super().has_perm(perm, obj)


class IdempotencyKey(models.Model):
    """An acting request that a caller may send again: the second one gets the answer of the first.

    `status` is None while the first one runs. `caller` is `token:<public id>` or `person:<id>`.
    """

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="idempotency_key_is_used_once", fields=("caller", "key"))]

    def __str__(self) -> str:
        return self.key


class ReadCount(models.Model):
    """How often a consumer (`token:<public id>`, `person:<id>`, `anonymous`) read an entry on a day."""

    consumer = models.CharField(max_length=64)
    object_name = models.CharField(max_length=160)
    day = models.DateField()
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="reads_are_counted_in_one_row", fields=("object_name", "consumer", "day"))
        ]
        indexes: ClassVar = [models.Index(name="reads_by_consumer", fields=("consumer", "day"))]

    def __str__(self) -> str:
        return f"{self.consumer} {self.object_name}"

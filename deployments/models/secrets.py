"""Values that nobody reads back."""

from django.db import models
from django.db.models import Q

from deployments.models.connections import Connection
from deployments.models.services import Service


class Secret(models.Model):
    """A secret of a service or of a connection, encrypted and bound to its row (see `deployments.actions.secrets`)."""

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="secrets")
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="secrets")
    name = models.SlugField(max_length=64)
    ciphertext = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="service_secret_is_there_once", fields=("service", "name")),
            models.UniqueConstraint(name="connection_secret_is_there_once", fields=("connection", "name")),
            models.CheckConstraint(
                name="secret_has_one_owner",
                condition=Q(service__isnull=True, connection__isnull=False)
                | Q(service__isnull=False, connection__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_for(self) -> str:
        owner = f"service:{self.service_id}" if self.service_id else f"connection:{self.connection_id}"
        return f"{owner} {self.name}"

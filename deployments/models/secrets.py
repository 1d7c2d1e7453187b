"""Values that nobody reads back."""

from django.db import models
from django.db.models import Q

from deployments.models.connections import Connection
from deployments.models.looks import Look
from deployments.models.services import Service


class Secret(models.Model):
    """A secret of a service, of a connection, or of one look, encrypted and bound to its row.

    Reference: `deployments.actions.secrets`.
    """

    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="secrets")
    connection = models.ForeignKey(Connection, models.CASCADE, null=True, related_name="secrets")
    look = models.ForeignKey(Look, models.CASCADE, null=True, related_name="secrets")
    name = models.SlugField(max_length=64)
    ciphertext = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="service_secret_is_there_once", fields=("service", "name")),
            models.UniqueConstraint(name="connection_secret_is_there_once", fields=("connection", "name")),
            models.UniqueConstraint(name="look_secret_is_there_once", fields=("look", "name")),
            models.CheckConstraint(
                name="secret_has_one_owner",
                condition=Q(service__isnull=False, connection__isnull=True, look__isnull=True)
                | Q(service__isnull=True, connection__isnull=False, look__isnull=True)
                | Q(service__isnull=True, connection__isnull=True, look__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_for(self) -> str:
        owners = {"service": self.service_id, "connection": self.connection_id, "look": self.look_id}
        return " ".join([*(f"{noun}:{pk}" for noun, pk in owners.items() if pk is not None), self.name])

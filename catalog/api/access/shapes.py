"""What answers about tokens look like; for the documentation."""

from rest_framework import serializers

from catalog.actions.tokens import TokenState
from catalog.models.choices import ProviderType
from catalog.models.clients import SCOPES


class TokenShape(serializers.Serializer[object]):
    """A token, without its text: nobody can show that a second time."""

    id = serializers.CharField(help_text="The part of the token that is no secret.")
    name = serializers.CharField()
    owner = serializers.CharField(help_text="Username: it may do no more than they.")
    scopes = serializers.MultipleChoiceField(choices=list(SCOPES))
    provider_types = serializers.MultipleChoiceField(
        choices=ProviderType.values, help_text="Empty: of whatever type its owner may change."
    )
    state = serializers.ChoiceField(choices=[state.value for state in TokenState])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewTokenShape(TokenShape):
    """A token that was just made."""

    token = serializers.CharField(help_text="The text for the header Authorization. It is shown this once.")


class ObjectReads(serializers.Serializer[object]):
    object = serializers.CharField(help_text="The key of an entry, or the list that was read.")
    reads = serializers.IntegerField()


class DayReads(serializers.Serializer[object]):
    day = serializers.DateField()
    reads = serializers.IntegerField()


class UsageShape(serializers.Serializer[object]):
    """What a token has read."""

    token = serializers.CharField(help_text="The token's id.")
    since = serializers.DateField()
    reads = serializers.IntegerField()
    objects = ObjectReads(many=True, help_text="The most read first, up to 200.")
    days = DayReads(many=True, help_text="Days on which something was read.")

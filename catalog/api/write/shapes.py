"""What answers look like; for the documentation."""

from rest_framework import serializers


class WorkingCopy(serializers.Serializer[object]):
    """An entry after a write. `outcome` says what came of it; the numbers are those of its revisions."""

    key = serializers.CharField(help_text="The entry's public path without .json.")
    outcome = serializers.CharField(help_text="created, changed, unchanged, approved, rejected or withdrawn.")
    revision = serializers.IntegerField(help_text="The newest revision: the ETag, and what If-Match names.")
    approved_revision = serializers.IntegerField(allow_null=True, help_text="The one that may be published.")
    live_revision = serializers.IntegerField(allow_null=True, help_text="The one that readers get.")
    document = serializers.DictField(help_text="The newest revision's document.")


class LeftOutMember(serializers.Serializer[object]):
    path = serializers.CharField(help_text="JSON Pointer into the revision's document.")
    why = serializers.CharField()


class RestoredCopy(WorkingCopy):
    """The entry after a restore, and what of the old revision could not come back."""

    left_out = LeftOutMember(many=True)


class DecisionShape(serializers.Serializer[object]):
    """One decision about a revision."""

    decision = serializers.CharField(help_text="approved, rejected or withdrawn.")
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    comment = serializers.CharField(allow_blank=True)


class RevisionShape(serializers.Serializer[object]):
    """One revision, without its document."""

    number = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the document's canonical bytes (RFC 8785).")
    size_bytes = serializers.IntegerField()
    schema_version = serializers.CharField()
    lifecycle = serializers.CharField()
    author = serializers.CharField(allow_null=True, help_text="Null for the starter catalogue and commands.")
    change_note = serializers.CharField()
    # The member has the name of an attribute of every field; the framework takes declared fields off the class.
    source = serializers.CharField(help_text="admin, api, command, import, restore or starter.")  # type: ignore[assignment]
    request_id = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    states = serializers.ListField(child=serializers.CharField(), help_text="latest, approved, live: what it is now.")
    decisions = DecisionShape(many=True)


class RevisionWithDocument(RevisionShape):
    document = serializers.DictField()


class DifferenceShape(serializers.Serializer[object]):
    """One member that differs; a side is null where there is no such member."""

    path = serializers.CharField(help_text="JSON Pointer.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DiffShape(serializers.Serializer[object]):
    """What differs between two revisions. `from` is null for nothing, such as the live one of what was never live."""

    key = serializers.CharField()
    to = serializers.IntegerField(allow_null=True)
    differences = DifferenceShape(many=True)

    def get_fields(self) -> dict[str, serializers.Field[object, object, object, object]]:
        # `from` is a word of Python and cannot be declared.
        return {"from": serializers.IntegerField(allow_null=True), **super().get_fields()}


class WrittenItem(serializers.Serializer[object]):
    key = serializers.CharField()
    outcome = serializers.CharField(help_text="created, changed or unchanged.")
    revision = serializers.IntegerField()


class WrittenItems(serializers.Serializer[object]):
    """What became of the items, in their order."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    items = WrittenItem(many=True)


class PlannedChange(serializers.Serializer[object]):
    """One entry that a publish changes; the numbers are those of revisions."""

    key = serializers.CharField()
    verb = serializers.CharField(help_text="added, changed or removed.")
    old_revision = serializers.IntegerField(allow_null=True)
    new_revision = serializers.IntegerField(allow_null=True)
    differences = DifferenceShape(many=True)


class PlanProblem(serializers.Serializer[object]):
    key = serializers.CharField()
    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class PlanCounts(serializers.Serializer[object]):
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()


class PlanShape(serializers.Serializer[object]):
    """What a publish or a rollback would do now. Nothing was asked for, nothing is written."""

    plan = serializers.CharField(help_text="Send it back as `plan`, and exactly this is done or nothing.")
    counts = PlanCounts()
    is_mass_change = serializers.BooleanField(help_text="It must be confirmed with confirm_mass_change.")
    changes = PlannedChange(many=True)
    next_cursor = serializers.CharField(allow_null=True, help_text="?cursor= of the changes after these.")
    problems = PlanProblem(many=True, help_text="What keeps it from being published.")


class SnapshotRequest(serializers.Serializer[object]):
    """A publish or a rollback that was asked for, and how far it is."""

    id = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, publishing, live, replaced or failed.")
    progress = serializers.CharField(allow_blank=True, help_text="What the publisher does now.")
    serial = serializers.IntegerField(allow_null=True, help_text="Fixed before readers see anything of it.")
    rolled_back_to = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    failure_reason = serializers.CharField(allow_blank=True)
    requested_by = serializers.CharField(allow_null=True)
    requested_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    cdn_visible_at = serializers.DateTimeField(allow_null=True, help_text="When readers were first seen to get it.")

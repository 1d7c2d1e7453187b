"""What requests that write services send: the members of a service, secrets by name, and why."""

from collections.abc import Mapping

from catalog.api.write.bodies import NOTE, NUMBER, Body, Shape
from deployments.configs.schemas import SECRET_NAME

MAX_SECRET = 64_000
CONFIG: Shape = {"type": "object"}
SECRET_VALUE: Shape = {"type": "string", "minLength": 1, "maxLength": MAX_SECRET, "writeOnly": True}
MEMBERS: Mapping[str, Shape] = {
    "name": {"type": "string", "maxLength": 100, "description": "One line; with its environment it is there once."},
    "environment": {"type": "string", "maxLength": 40, "description": "production unless told."},
    "team": {
        "type": "string",
        "maxLength": 150,
        "description": "The group that sees it. Left out in a new service: your only one; null: whoever sees every "
        "service.",
    },
    "providerId": {"type": "string", "maxLength": 64, "description": "The slug of a source provider: github."},
    "builderId": {"type": "string", "maxLength": 64, "description": "The slug of a builder."},
    "stackId": {
        "type": "string",
        "maxLength": 130,
        "description": "category/slug of a stack, or its slug where that is one stack only. Where providerId or "
        "builderId is left out, it is the stack's.",
    },
    "targetId": {
        "type": "string",
        "maxLength": 64,
        "description": "The id of a target: its key for the newest major, or key@major.",
    },
    "providerConfig": {**CONFIG, "description": "What the provider's config schema asks for."},
    "builderConfig": {**CONFIG, "description": "What the builder's config schema asks for."},
    "targetConfig": {**CONFIG, "description": "What the target's config schema asks for."},
    "routing": {
        **CONFIG,
        "description": 'Which connections it uses: {"source": {"connection": NAME}} or {"build": {"labels": {...}}}.',
    },
}
# With null a member is taken out, as RFC 7396 says: it is what it would be in a new service that leaves it out.
NULLABLE = {name: {**shape, "type": [shape["type"], "null"]} for name, shape in MEMBERS.items()}
SECRETS: Shape = {
    "type": "object",
    "maxProperties": 100,
    "propertyNames": SECRET_NAME,
    "additionalProperties": SECRET_VALUE,
    "description": 'Values by name, for {"$secret": NAME} in configs. Nobody reads them back.',
}
REASON: Shape = {**NOTE, "description": "Why; everybody of the team sees it in the history. A default says what."}
WITH_REST: Mapping[str, Shape] = {"secrets": SECRETS, "changeNote": REASON}

CREATE = Body({**MEMBERS, "team": NULLABLE["team"], "stackId": NULLABLE["stackId"], **WITH_REST},
              required=("name", "targetId"))  # fmt: skip
PATCH = Body({**NULLABLE, **WITH_REST})
# What says where the source comes from, in a new service and in a change of one.
SOURCE = ("providerId", "providerConfig", "routing")
LOOK = Body(
    {"team": NULLABLE["team"], **{name: MEMBERS[name] for name in SOURCE}, "secrets": SECRETS}, required=("providerId",)
)
LOOK_PATCH = Body({**{name: NULLABLE[name] for name in SOURCE}, "secrets": SECRETS})
RESTORE = Body({"number": NUMBER, "changeNote": REASON}, required=("number",))
SECRET = Body({"value": SECRET_VALUE}, required=("value",))

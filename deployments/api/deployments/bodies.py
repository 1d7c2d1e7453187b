"""What requests about deployments send."""

from catalog.api.write.bodies import Body, Shape

ID: Shape = {"type": "string", "format": "uuid"}
DEPLOY = Body(
    {
        "redeploy": {
            **ID,
            "description": "A deployment of this service: build again what it ran with, its revision and configs.",
        },
        "usesCache": {"type": "boolean", "description": "false: begin with nothing of what builds before it kept."},
        "cancelsRunning": {"type": "boolean", "description": "true: ask the one that runs now to stop."},
    }
)
ROLLBACK = Body({"to": {**ID, "description": "A deployment of this service that was live."}}, required=("to",))
PIN = Body({"pinned": {"type": "boolean"}}, required=("pinned",))
NOTHING = Body({})

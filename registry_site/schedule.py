"""What the clock of tasks sends, and how often; at most an hour apart, as beat keeps no file of what was sent when."""

from typing import Any

SWEEP_SECONDS = 10.0
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "publish what waits, finish what was left": {"task": "catalog.tasks.sweep_publishing", "schedule": SWEEP_SECONDS},
    "keep the pointer fresh": {"task": "catalog.tasks.refresh_live_pointer", "schedule": 3600.0},
    "take over from dead deployers, poke what waits": {
        "task": "deployments.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        # While every deployer is busy, a few wait, not hundreds; clocks may differ by as much as leases allow.
        "options": {"expires": SWEEP_SECONDS * 6},
    },
    "remove what cannot be brought back": {"task": "deployments.tasks.collect", "schedule": 3600.0},
    "note what is unusual": {
        "task": "deployments.tasks.note_patterns",
        "schedule": 900.0,
        "options": {"expires": 900.0},
    },
    "forget old answers": {"task": "catalog.tasks.forget_answers", "schedule": 3600.0},
}

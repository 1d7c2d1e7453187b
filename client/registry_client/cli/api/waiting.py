"""Waiting for a publish or a rollback until it is live, and until readers see it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry_client.cli.api.http import Api
from registry_client.cli.codes import Code
from registry_client.cli.screen import Screen

LOOK_SECONDS = 0.5
# How long a CDN may take once something is live.
SEEN_SECONDS = 120.0
OVER = ("live", "replaced", "failed")


@dataclass(frozen=True, slots=True)
class Waited:
    """`outcome`: asked (nobody waited), visible, live (the registry has no address where it could look), unseen,
    replaced, failed, waiting.
    """

    request: Mapping[str, Any]
    outcome: str

    @property
    def code(self) -> Code:
        if self.outcome == "failed":
            return Code.REFUSED
        return Code.UNAVAILABLE if self.outcome in ("waiting", "unseen") else Code.OK

    def sentence(self) -> str:
        serial, number = self.request["serial"], self.request["id"]
        return {
            "asked": f"Request {number} was taken; the registry does it now.",
            "visible": f"Serial {serial} is live, and readers see it.",
            "live": f"Serial {serial} is live; the registry has no public address where it could be seen.",
            "unseen": f"Serial {serial} is live, but readers were not seen to get it yet.",
            "replaced": f"Serial {serial} was live, and was replaced by a later one.",
            "failed": f"It failed: {self.request['failure_reason']}",
            "waiting": f"Request {number} is not live yet; the registry goes on by itself.",
        }[self.outcome]

    def hint(self) -> str:
        if self.outcome == "failed":
            return "Readers still get what was live before."
        return "registry status shows what readers get; without a worker nothing is published."


def wait_for_publish(screen: Screen, api: Api, request: Mapping[str, Any], *, seconds: float) -> Waited:
    """Looks again and again. Raises CommandError if the API is lost."""
    end, is_live = time.monotonic() + seconds, False
    with screen.waiting("Waiting for a worker") as spinner:
        while True:
            request = api.get(f"snapshots/requests/{request['id']}")
            if request["state"] in OVER and (request["state"] != "live" or request["cdn_visible_at"]):
                return Waited(request, "visible" if request["state"] == "live" else request["state"])
            if request["state"] == "live" and not is_live:
                is_live, end = True, min(end, time.monotonic() + SEEN_SECONDS)
                if not api.get("manifest")["cdn_urls"]["base"]:
                    return Waited(request, "live")
            if time.monotonic() > end:
                return Waited(request, "unseen" if is_live else "waiting")
            spinner.say(_said(request))
            time.sleep(LOOK_SECONDS)


def _said(request: Mapping[str, Any]) -> str:
    if request["state"] == "pending":
        return "Waiting for a worker"
    if request["state"] == "live":
        return f"Serial {request['serial']} is live; waiting until readers see it"
    return f"Publishing: {request['progress']}" if request["progress"] else "Publishing"

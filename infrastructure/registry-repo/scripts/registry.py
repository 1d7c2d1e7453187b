"""What the pipelines do: `python scripts/registry.py plan | deploy | wait | rollback`. README.md says when.

Everything goes through the registry's API, so one publisher writes, whoever asks: never a copy of files to the bucket.
Exit code 1 for what went wrong, 3 for conflicts; then nothing was written.
"""

import argparse
import difflib
import json
import os
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from changes import Changes, find_changes
from registry_api import Api, ApiError, open_api

CONFLICTS = 3
MOST_ITEMS = 500
MOST_SHOWN = 40_000
OVER = ("live", "replaced")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["plan", "deploy", "wait", "rollback"])
    parser.add_argument("--folder", type=Path, default=Path("src"))
    parser.add_argument("--output", type=Path, help="plan: Markdown; deploy: the message of the tag")
    parser.add_argument("--note", default="", help="deploy: why; its first line is kept")
    parser.add_argument("--serial", type=int, default=0)
    parser.add_argument("--reason", default="")
    parser.add_argument("--seconds", type=int, default=300, help="wait and publish: no longer than that")
    parser.add_argument("--bring-back", action="store_true", help="deploy: also what a rollback took away")
    parser.add_argument("--confirm-mass-change", action="store_true", help="deploy: yes, much changes at once")
    options = parser.parse_args(arguments)
    try:
        run = {"plan": plan, "deploy": deploy, "wait": wait, "rollback": roll_back}[options.command]
        return run(open_api(), options)
    except (ApiError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def plan(api: Api, options: Any) -> int:
    changes = find_changes(api, options.folder)
    text = describe(changes)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    print(text)
    return CONFLICTS if changes.conflicts else 0


def deploy(api: Api, options: Any) -> int:
    changes = find_changes(api, options.folder)
    print(describe(changes))
    if changes.conflicts:
        return CONFLICTS
    note = ((options.note.splitlines() or [""])[0].strip() or "Deployed from Git")[:500]
    write(api, changes, note=note)
    serial = publish(api, changes, note=note, options=options)
    if options.output:
        message = json.dumps(dict(sorted(changes.digests.items())), indent=0)
        options.output.write_text(f"Serial {serial}\n\n{message}\n", encoding="utf-8")
    tell(serial=str(serial) if serial else "")
    return 0


def write(api: Api, changes: Changes, *, note: str) -> None:
    """As drafts, all or none of up to 500, and then approved: the review was the pull request."""
    items = [
        {"kind": kind_of(key), "document": document, "expected_revision": changes.numbers[key]}
        for key, document in changes.writes.items()
        if changes.before.get(key) != document
    ]
    for start in range(0, len(items), MOST_ITEMS):
        api.post("/bulk", {"items": items[start : start + MOST_ITEMS], "change_note": note})
    for key in changes.writes:
        newest = api.get(f"/{key}/revisions?limit=1")[0]
        changes.digests[key] = newest["sha256"]
        if "approved" not in newest["states"]:
            number = newest["number"]
            api.post(f"/{key}/approve", {"number": number, "comment": note}, **{"If-Match": f'"{number}"'})


def publish(api: Api, changes: Changes, *, note: str, options: Any) -> int:
    """The serial that is live then; 0 if there was nothing to publish. Exactly what the plan showed, or nothing."""
    planned, keys = read_plan(api)
    if planned["problems"]:
        raise ApiError("\n".join(f"{one['key']}{one['path']}: {one['message']}" for one in planned["problems"]))
    if not sum(planned["counts"].values()):
        return 0
    live = api.get("/snapshots?limit=1")
    others = sorted(keys - changes.writes.keys())
    if live and live[0]["rolled_back_to"] is not None and others and not options.bring_back:
        raise ApiError(
            f"Serial {live[0]['serial']} went back to {live[0]['rolled_back_to']}, and a publish would bring back: "
            f"{', '.join(others)}. Correct these first, or run the workflow by hand with bring_back."
        )
    body = {"note": note, "plan": planned["plan"], "confirm_mass_change": options.confirm_mass_change}
    _, location = api.post("/snapshots", body, **{"Idempotency-Key": str(uuid.uuid4())})
    return follow(api, location, seconds=options.seconds)


def read_plan(api: Api) -> tuple[Any, set[str]]:
    """What a publish would do now, and every key that it would change."""
    planned = api.post("/snapshots?dry_run=true&limit=200", {})[0]
    keys, cursor = {one["key"] for one in planned["changes"]}, planned["next_cursor"]
    while cursor:
        page = api.post(f"/snapshots?dry_run=true&limit=200&cursor={quote(cursor, safe='')}", {})[0]
        keys |= {one["key"] for one in page["changes"]}
        cursor = page["next_cursor"]
    return planned, keys


def follow(api: Api, location: str, *, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told = api.get(location)
        if told["state"] == "failed":
            raise ApiError(f"It was not published: {told['failure_reason']}")
        if told["state"] in OVER:
            print(f"Serial {told['serial']} is live.")
            return int(told["serial"])
        time.sleep(1)
    raise ApiError(f"It is not live after {seconds:.0f} seconds; {location} tells how far it is.")


def wait(api: Api, options: Any) -> int:
    """Says `seen=true` or `seen=false` to the steps that follow: whether readers have the serial."""
    end, seen = time.monotonic() + options.seconds, False
    while not seen and time.monotonic() < end:
        status = api.get("/status")
        seen = status["public_serial"] is not None and status["public_serial"] >= options.serial
        time.sleep(0 if seen else 2)
    print(f"Serial {options.serial} {'shows' if seen else 'does not show yet'} where readers look.")
    tell(seen=str(seen).lower())
    return 0


def roll_back(api: Api, options: Any) -> int:
    if options.serial < 1 or not options.reason.strip():
        raise ValueError("Say which serial comes back, and why.")
    planned = api.post(f"/snapshots/{options.serial}/rollback?dry_run=true", {})[0]
    print(json.dumps(planned["counts"]))
    body = {"reason": options.reason.strip()[:500], "plan": planned["plan"]}
    _, location = api.post(f"/snapshots/{options.serial}/rollback", body, **{"Idempotency-Key": str(uuid.uuid4())})
    tell(serial=str(follow(api, location, seconds=options.seconds)))
    return 0


def describe(changes: Changes) -> str:
    """The plan as Markdown. Texts of documents stand in code blocks that they cannot end."""
    lines = ["### What this changes in the registry", ""]
    new = [key for key in changes.writes if key not in changes.before]
    for words, keys in (
        ("New", new),
        ("Changed", [key for key in changes.writes if key not in new]),
        ("Without a file now; nothing is removed: set its lifecycle instead", changes.gone),
    ):
        lines += [f"{words}: {', '.join(f'`{key}`' for key in keys)}", ""] if keys else []
    for key, other in changes.conflicts.items():
        lines += [f"**Conflict** in `{key}`: the registry has another, newer version.", *block(other), ""]
        lines += [*difference(changes.before[key], None, key), ""]
    for key, document in changes.writes.items():
        lines += difference(changes.before.get(key), document, key)
    if not (changes.writes or changes.conflicts or changes.gone):
        lines.append("Nothing.")
    text = "\n".join(lines).rstrip() + "\n"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}\n~~~~~~~~\n\nThe rest is in the log.\n"


def difference(before: Any, after: Any, key: str) -> list[str]:
    sides = ["" if side is None else json.dumps(side, indent=2, sort_keys=True) for side in (before, after)]
    old, new = (side.splitlines() for side in sides)
    found = difflib.unified_diff(old, new, "registry", f"{key}.json", lineterm="", n=2)
    return block("\n".join(found), language="diff")


def block(text: str, *, language: str = "") -> list[str]:
    return [f"~~~~~~~~{language}", text.replace("~~~", "~~ ~"), "~~~~~~~~"]


def kind_of(key: str) -> str:
    return key.partition("/")[0].removesuffix("s")


def tell(**outputs: str) -> None:
    """To the steps that follow."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.writelines(f"{name}={value}\n" for name, value in outputs.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

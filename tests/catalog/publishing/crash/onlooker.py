"""A process that reads a published folder as fast as it can, and finishes every read on the snapshot it began with."""

import json
import random
import sys
import time
from pathlib import Path

from tests.catalog.publishing.crash.reader import TornError, dangling, read_whole


def look_on(folder: Path, stop: Path, seed: int) -> dict[str, object]:
    """Read until `stop` is there: how many reads, which serials, how many outlived their pointer, what was torn."""
    chance = random.Random(seed)
    reads, outlived, serials, wrong = 0, 0, set(), []

    def fetch(path: str) -> bytes | None:
        # A slow reader: many publishes go by while it reads one snapshot.
        if chance.random() < 0.2:
            time.sleep(chance.random() / 20)
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            return None

    manifest: bytes | None = None
    while not stop.exists():
        pointer = fetch("current.json")
        if pointer is None:
            continue
        try:
            whole = read_whole(fetch, pointer=pointer)
        except (TornError, ValueError, KeyError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
            continue
        lost = dangling(fetch, manifest)
        wrong += [f"{path} is missing" for path in lost]
        manifest = fetch("manifest.json")
        reads += 1
        outlived += pointer != (folder / "current.json").read_bytes()
        serials.add(whole.serial if whole else 0)
    return {"reads": reads, "serials": sorted(serials), "outlived": outlived, "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(look_on(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))

"""A reader in a process of its own, which polls until its input ends: whoever is measured pays for no work but its own.

`python -m tests.bench.reader ENDPOINT BUCKET`; the last line it prints are its figures.
"""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import boto3

PAUSE_SECONDS = 0.05


@dataclass(slots=True)
class Seen:
    """How often it has read, how many of these reads were torn, and how many requests that took."""

    reads: int = 0
    torn: int = 0
    requests: int = 0


@contextmanager
def polling_reader(endpoint: str, bucket: str) -> Iterator[Seen]:
    """Reads from the beginning of the block to its end; its figures are there afterwards."""
    seen = Seen()
    command = [sys.executable, "-m", "tests.bench.reader", endpoint, bucket]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield seen
        for name, count in json.loads(process.communicate()[0]).items():
            setattr(seen, name, count)


def look(client: Any, bucket: str, seen: Seen) -> None:
    """Torn: the manifest names a document that is not there; the last name, since sync goes by names."""
    manifest = get(client, bucket, "manifest.json", seen)
    seen.reads += 1
    if manifest is not None:
        slug = json.loads(manifest)["providers"]["cms"][-1]
        seen.torn += get(client, bucket, f"providers/cms/{slug}.json", seen) is None


def get(client: Any, bucket: str, key: str, seen: Seen) -> bytes | None:
    seen.requests += 1
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except client.exceptions.NoSuchKey:
        return None
    return content


def main(endpoint: str, bucket: str) -> None:
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    seen = Seen()
    look(client, bucket, seen)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        look(client, bucket, seen)
    print(json.dumps(asdict(seen)))


if __name__ == "__main__":
    main(*sys.argv[1:])

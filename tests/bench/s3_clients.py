"""Which S3 client writes many small objects fastest, each only if absent: `python -m tests.bench.s3_clients [COUNT]`.

Both write to the same emulator in the same run; what counts is the ratio. The decision is in ADR 0006.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import obstore
from botocore.config import Config

from tests.bench.emulator import running_emulator

WORKERS = 16
BODY = b"x" * 1500


def measure(write: Callable[[str], object], prefix: str, count: int) -> tuple[float, float]:
    """(seconds, CPU seconds of this process) for `count` objects."""
    started, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(write, [f"{prefix}/{number:06d}.json" for number in range(count)]))
    return time.perf_counter() - started, time.process_time() - cpu


def main(count: int) -> None:
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
    with running_emulator() as endpoint:
        compare(endpoint, count)


def compare(endpoint: str, count: int) -> None:
    client = boto3.client("s3", endpoint_url=endpoint, config=Config(max_pool_connections=WORKERS))
    client.create_bucket(Bucket="bench")
    rust = obstore.store.S3Store(
        "bench",
        endpoint=endpoint,
        region="us-east-1",
        client_options={"allow_http": True},
        virtual_hosted_style_request=False,
    )

    def by_boto3(path: str) -> object:
        return client.put_object(Bucket="bench", Key=path, Body=BODY, IfNoneMatch="*")

    def by_obstore(path: str) -> object:
        return obstore.put(rust, path, BODY, mode="create")

    for name, write in (("boto3", by_boto3), ("obstore", by_obstore)):
        measure(write, f"warm-{name}", 50)
        seconds, cpu = measure(write, name, count)
        print(f"{name:8} {count:6,} objects in {seconds:6.2f} s ({cpu:5.2f} s of CPU), {count / seconds:5.0f} a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)

"""Stores for tests: wrappers that watch, fail or interrupt a publish, and a bucket that moto answers for."""

import threading
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator as Iter
from concurrent.futures import Executor, Future
from functools import cache
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from storages.backends.s3 import S3Storage

from catalog.publishing.stores.base import Store, StoredFile, StoreError
from catalog.publishing.stores.s3 import S3Store
from catalog.publishing.verify import Report, verify_tree

Answer = TypeVar("Answer")
BUCKET = "registry-under-test"
COPY_FOLDERS = ("providers/", "builders/", "stacks/", "manifest.json")


class WrappedStore:
    """Passes every request on; a subclass says what happens before and after it."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    @property
    def address(self) -> str:
        return self.inner.address

    def before(self, request: str, path: str) -> None:
        """Called before each request."""

    def after(self, request: str, path: str) -> None:
        """Called after each request that the inner store did not refuse."""

    def get(self, path: str) -> StoredFile | None:
        return self._pass("get", path, lambda: self.inner.get(path))

    def put_if_absent(self, path: str, content: bytes) -> bool:
        return self._pass("put_if_absent", path, lambda: self.inner.put_if_absent(path, content))

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        self._pass("put_if_match", path, lambda: self.inner.put_if_match(path, content, etag=etag))

    def get_version(self, path: str, version_id: str) -> bytes | None:
        return self._pass("get_version", path, lambda: self.inner.get_version(path, version_id))

    def list(self, prefix: str = "") -> Iter[str]:
        return self._pass("list", prefix, lambda: self.inner.list(prefix))

    def delete(self, path: str) -> None:
        self._pass("delete", path, lambda: self.inner.delete(path))

    def _pass(self, request: str, path: str, send: Callable[[], Answer]) -> Answer:
        self.before(request, path)
        answer = send()
        self.after(request, path)
        return answer


class CountingStore(WrappedStore):
    """Remembers every request, in order."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.requests: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def before(self, request: str, path: str) -> None:
        with self._lock:
            self.requests.append((request, path))

    def counts(self) -> Counter[str]:
        return Counter(request for request, _ in self.requests)

    def writes(self) -> list[str]:
        return [path for request, path in self.requests if request.startswith("put")]


class Killed(BaseException):
    """What a `kill -9` is to a publisher: no handler for errors runs."""


class BreakingStore(WrappedStore):
    """Breaks at write number `at` (from 1): refused or killed before it, or lost or killed after it was done."""

    def __init__(self, inner: Store, *, at: int, how: str) -> None:
        super().__init__(inner)
        self.at, self.how, self.writes = at, how, 0

    def before(self, request: str, path: str) -> None:
        if request.startswith("put"):
            self.writes += 1
            self._break_if(path, refused="refused", killed="killed before")

    def after(self, request: str, path: str) -> None:
        if request.startswith("put"):
            self._break_if(path, refused="lost", killed="killed after")

    def _break_if(self, path: str, *, refused: str, killed: str) -> None:
        if self.writes == self.at and self.how == refused:
            raise StoreError(f"The disk is full at {path}.")
        if self.writes == self.at and self.how == killed:
            raise Killed


class InterruptedStore(WrappedStore):
    """Lets somebody else act once: before request number `at` (from 1), or before the first write of `path`."""

    def __init__(self, inner: Store, act: Callable[[], object], *, at: int = 0, path: str = "") -> None:
        super().__init__(inner)
        self._act, self._at, self._path, self.seen, self.acted = act, at, path, 0, False

    def before(self, request: str, path: str) -> None:
        self.seen += 1
        is_write = request.startswith("put") and path == self._path
        if not self.acted and (self.seen == self._at or is_write):
            self.acted = True
            self._act()


class LatePointerStore(WrappedStore):
    """Answers the pointer's write with an error, and keeps it in `deliver` to come through later."""

    deliver: Callable[[], object]

    def put_if_match(self, path: str, content: bytes, *, etag: str) -> None:
        if path != "current.json":
            return super().put_if_match(path, content, etag=etag)
        self.deliver = lambda: self.inner.put_if_match(path, content, etag=etag)
        raise StoreError("The connection was closed before an answer came.")


class InlineExecutor(Executor):
    """Runs what is submitted at once and in the caller's thread, so that requests have one order."""

    def __init__(self, workers: int) -> None:
        """As many workers as you like; there is one."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
            future.set_exception(error)
        return future


class BackwardExecutor(Executor):
    """Runs what was submitted, the newest first, as soon as somebody waits for any of it, in that one's thread."""

    def __init__(self, workers: int) -> None:
        """As many workers as you like; there is one."""
        self._waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = AwaitedFuture(self)
        self._waiting.append(lambda: future.settle(fn, *args, **kwargs))
        return future

    def run(self) -> None:
        while self._waiting:
            self._waiting.pop()()


class AwaitedFuture(Future[Any]):
    """Knows only when it is asked."""

    def __init__(self, executor: BackwardExecutor) -> None:
        super().__init__()
        self._executor = executor

    def settle(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        try:
            self.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries whatever was raised
            self.set_exception(error)

    def result(self, timeout: float | None = None) -> Any:
        self._executor.run()
        return super().result(timeout)


class SharedSessionStorage(S3Storage):  # type: ignore[misc]
    """Clients of one session: a session of its own would read the description of S3 anew, longer than a test takes."""

    @staticmethod
    @cache
    def _create_session() -> boto3.Session:
        return boto3.Session()


def make_bucket_store(*, prefix: str = "", endpoint_url: str | None = None, bucket: str = BUCKET) -> S3Store:
    """A store on a bucket that is made; moto must answer already, in process or at `endpoint_url`."""
    storage = SharedSessionStorage(
        bucket_name=bucket,
        location=prefix,
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        querystring_auth=False,
        client_config=Config(max_pool_connections=32, parameter_validation=False),
    )
    storage.connection.meta.client.create_bucket(Bucket=bucket)
    return S3Store(storage)


def read_tree(store: Store) -> dict[str, bytes]:
    """Path -> bytes of everything that is in the store."""
    found = {path: store.get(path) for path in store.list()}
    return {path: stored.content for path, stored in found.items() if stored is not None}


def verify(store: Store) -> Report:
    def fetch(path: str) -> bytes | None:
        stored = store.get(path)
        return stored.content if stored else None

    return verify_tree(fetch)


def snapshot_problems(store: Store) -> list[str]:
    """What is wrong for a reader who starts at the pointer; copies may be behind it while they are brought forward."""
    return [problem for problem in verify(store).problems if not problem.startswith(COPY_FOLDERS)]

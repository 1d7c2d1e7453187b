"""Runs one program to its end, or ends it: output by lines, a cap, a clock, and nothing left running.

The program gets a session of its own. What it leaves behind, even double-forked into other sessions, is found by a
variable in its environment and killed. Reference: Jenkins' ProcessTreeKiller.
"""

import os
import secrets
import select
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from deployments.contract import CalledError, PermanentError
from deployments.sandbox.lines import LineReader

TICK_SECONDS = 0.25
GRACE_SECONDS = 3.0
DRAIN_SECONDS = 0.5
CLEARING_SECONDS = 2.0
CHUNK_BYTES = 1 << 16
# Of what a tool answers on its standard output; more is no answer.
ANSWER_BYTES = 16 << 20
ERROR_CHARACTERS = 4_000
COOKIE = "REGISTRY_RUN"


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told and asked while a program runs.

    `on_line` gets each line of output; `check` is called four times a second, and what it raises ends the program.
    `name` is what messages call it; the program's own if it is empty.
    """

    on_line: Callable[[str], None]
    check: Callable[[], None]
    timeout_seconds: float
    grace_seconds: float = GRACE_SECONDS
    most_bytes: int = 5_000_000
    most_lines: int = 20_000
    name: str = ""


class _Reader(Protocol):
    def feed(self, chunk: bytes) -> None: ...
    def finish(self) -> None: ...


@dataclass(slots=True)
class _Answer:
    """Standard output that is kept whole, for a caller who needs it."""

    content: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        self.content += chunk
        if len(self.content) > ANSWER_BYTES:
            raise PermanentError(f"A tool answered with more than {ANSWER_BYTES >> 20} MB.")

    def finish(self) -> None:
        """There is nothing to do."""


def run_program(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: Watch, inherit: Sequence[int] = ()
) -> int:
    """Run it with this environment and no other; both outputs go to `watch.on_line`. The answer is its exit status.

    `inherit` are file descriptors that stay open for it. Raises PermanentError if it cannot be started or takes too
    long, and whatever `watch` raises.
    """
    lines = LineReader(watch.on_line, most_bytes=watch.most_bytes, most_lines=watch.most_lines)
    with _started(argv, cwd=cwd, env=env, watch=watch, stderr=subprocess.STDOUT, inherit=inherit) as process:
        _follow(process, [(process.stdout, lines)], name=argv[0], watch=watch)
    return process.returncode


def call_program(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: Watch) -> str:
    """Run a trusted tool; standard error goes to `watch.on_line`, standard output is the answer. Raises CalledError."""
    answer, said = _Answer(), ""

    def keep(line: str) -> None:
        nonlocal said
        said = f"{said}{line}\n"[-ERROR_CHARACTERS:]
        watch.on_line(line)

    lines = LineReader(keep, most_bytes=watch.most_bytes, most_lines=watch.most_lines)
    with _started(_bound_to_us(argv), cwd=cwd, env=env, watch=watch, stderr=subprocess.PIPE, inherit=()) as process:
        _follow(process, [(process.stdout, answer), (process.stderr, lines)], name=argv[0], watch=watch)
    if process.returncode:
        message = f"{Path(argv[0]).name} {describe_status(process.returncode)}."
        raise CalledError(message, status=process.returncode, error_output=said.strip())
    return answer.content.decode(errors="replace")


def describe_status(status: int) -> str:
    """How it ended, in words, as in "hugo ended with status 1". A shell adds 128 to the number of a signal."""
    number = -status if status < 0 else status - 128 if status <= 128 + signal.SIGRTMAX else 0
    if number in (signal.SIGKILL, signal.SIGXCPU):
        return "was killed: it used too much processor time or memory"
    if number == signal.SIGXFSZ:
        return "wrote a file that is too large"
    return f"was ended by signal {number}" if number > 0 else f"ended with status {status}"


def _bound_to_us(argv: Sequence[str]) -> Sequence[str]:
    """It dies with this process, if that is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv and shutil.which(argv[0]) else argv


@contextmanager
def _started(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], watch: Watch, stderr: int, inherit: Sequence[int]
) -> Iterator[subprocess.Popen[bytes]]:
    """The running program; at the end of the block it is over, with all that it has started."""
    cookie = secrets.token_hex(16)
    try:
        process = subprocess.Popen(  # noqa: S603 a list, never a shell
            argv,
            cwd=cwd,
            env={**env, COOKIE: cookie},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            pass_fds=inherit,
        )
    except OSError as error:
        raise PermanentError(
            f"{argv[0]} cannot be started: {error.strerror or error}.",
            hint="Ask whoever runs the registry to install it on the workers.",
        ) from error
    try:
        yield process
    finally:
        _end(process, grace_seconds=watch.grace_seconds)
        _end_strays(cookie)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                _wait_for_end(pipe.fileno())
                pipe.close()


def _follow(
    process: subprocess.Popen[bytes], readers: Sequence[tuple[IO[bytes] | None, _Reader]], *, name: str, watch: Watch
) -> None:
    """Hand its output over until it ends; a child of it that holds a pipe open is not waited for."""
    ends_at = time.monotonic() + watch.timeout_seconds
    with selectors.DefaultSelector() as selector, _watched_exit(process) as exited:
        selector.register(exited, selectors.EVENT_READ)
        for pipe, reader in readers:
            if pipe:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, reader)
        asked_at = 0.0
        while not _is_readable(exited, seconds=0):
            _hand_over(selector, seconds=TICK_SECONDS)
            # Not once for each chunk of what a noisy program says.
            if (now := time.monotonic()) - asked_at >= TICK_SECONDS:
                watch.check()
                asked_at = now
            if now > ends_at:
                # If its own time is the deployment's, that is why.
                watch.check()
                raise PermanentError(
                    f"{watch.name or Path(name).name} was stopped after {watch.timeout_seconds:.0f} seconds.",
                    hint="Make it faster, or ask for more time.",
                )
        # What it left running may write for ever.
        ends_at = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < ends_at and _hand_over(selector, seconds=0):
            pass
    for _, reader in readers:
        reader.finish()


@contextmanager
def _watched_exit(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """A descriptor that can be read when the process has ended. It is not reaped yet, so its number stays its own."""
    descriptor = os.pidfd_open(process.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_readable(descriptor: int, *, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _hand_over(selector: selectors.BaseSelector, *, seconds: float) -> bool:
    """Pass on what there is to read; False if there was nothing."""
    is_any = False
    for key, _ in selector.select(seconds):
        if key.data is None:
            continue
        chunk = os.read(key.fd, CHUNK_BYTES)
        if not chunk:
            selector.unregister(key.fileobj)
            continue
        key.data.feed(chunk)
        is_any = True
    return is_any


def _end(process: subprocess.Popen[bytes], *, grace_seconds: float) -> None:
    """Ask its group to end, then make it. Its pipes are not read any more: one that only waits to write is killed."""
    with _watched_exit(process) as exited:
        if not _is_readable(exited, seconds=0):
            _signal_group(process.pid, signal.SIGTERM)
            _is_readable(exited, seconds=grace_seconds)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for_end(pipe: int) -> None:
    """Until nobody has the other end: the kernel takes a moment to clear away a whole namespace of processes."""
    ends_at = time.monotonic() + CLEARING_SECONDS
    while (left := ends_at - time.monotonic()) > 0 and _is_readable(pipe, seconds=left):
        if not os.read(pipe, CHUNK_BYTES):
            return


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _end_strays(cookie: str) -> None:
    """Kill what carries the cookie, until nobody does: one of them may be forking right now."""
    needle = f"{COOKIE}={cookie}".encode()
    for _ in range(100):
        strays = list(_find_strays(needle))
        if not strays:
            return
        for stray in strays:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(stray, signal.SIGKILL)
        time.sleep(0.01)


def _find_strays(needle: bytes) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            # It has ended since, or belongs to somebody else; a zombie's environment is empty.
            with suppress(OSError):
                if needle in (entry / "environ").read_bytes():
                    yield int(entry.name)

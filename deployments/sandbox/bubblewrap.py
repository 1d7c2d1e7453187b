"""Somebody else's program in a sandbox of bubblewrap: its folders, a read-only /usr and nothing else of this host.

No network, no capabilities, no new namespaces, a user of its own, limits, and an end with this process. Where there
is no sandbox the program is refused, never run as it is.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from deployments.contract import PermanentError
from deployments.sandbox.confinement import Mount, choose_user, confined
from deployments.sandbox.egress import serve_egress
from deployments.sandbox.limits import Limits, SpaceWatch, read_limits
from deployments.sandbox.memory import MemoryWatch
from deployments.sandbox.processes import Watch, describe_status, run_program

TOOLS = {
    "bwrap": "bubblewrap",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
    "choom": "util-linux",
    "unshare": "util-linux",
}


def run_sandboxed(
    argv: Sequence[str],
    *,
    cwd: Path,
    watch: Watch,
    env: Mapping[str, str] | None = None,
    writable: Sequence[Path] = (),
    readable: Sequence[Path] = (),
    egress: Sequence[str] = (),
    limits: Limits | None = None,
) -> None:
    """Run it with this environment; it writes to `cwd` and `writable` only, and these become its user's.

    The folders are seen at their own paths. The caller vouches for them: nobody else may have chosen them by a link.
    `egress` is as in `serve_egress`. Raises PermanentError for a status that is not 0 and where there is no sandbox;
    else as `run_program`, `SpaceWatch` and `MemoryWatch`.
    """
    if problem := sandbox_problem():
        raise PermanentError(problem, hint="Builders that run programs are refused until then; the others work.")
    limits = limits or read_limits()
    folders = [folder.resolve(strict=True) for folder in (cwd, *writable)]
    mounts = [Mount(folder, str(folder), is_writable=True) for folder in folders]
    mounts += [Mount(folder.resolve(strict=True), str(folder.resolve())) for folder in readable]
    space, memory = SpaceWatch(folders, limits=limits), MemoryWatch(most_bytes=limits.memory_bytes)
    for folder in folders:
        give(folder, user=choose_user())
    with serve_egress(egress) as way:

        def check() -> None:
            watch.check()
            space.check()
            memory.check()
            way.tell(watch.on_line)

        mounts += [Mount(source, place) for source, place in way.mounts.items()]
        with confined(mounts, cwd=str(folders[0]), env=env or {}, limits=limits) as (start, inherit):
            status = run_program(
                [*start, *way.prefix, *argv],
                cwd=Path("/"),
                env={"PATH": os.defpath},
                watch=replace(watch, check=check, name=Path(argv[0]).name),
                inherit=inherit,
            )
        way.tell(watch.on_line)
    if status:
        raise PermanentError(f"{Path(argv[0]).name} {describe_status(status)}.", hint="The log says why.")


def sandbox_problem() -> str:
    """Why there is no sandbox on this machine, and what to do about it; empty if there is one."""
    try:
        _prove()
    except PermanentError as error:
        return str(error)
    return ""


@cache
def _prove() -> None:
    """Go in once. Not asked again after it went well: a failure is not remembered."""
    missing = {package for tool, package in TOOLS.items() if not shutil.which(tool)}
    if missing:
        raise PermanentError(
            f"There is no sandbox on this worker: install the Debian package {' and '.join(sorted(missing))}."
        )
    try:
        with confined([], cwd="/", env={}, limits=Limits()) as (start, inherit):
            tried = subprocess.run(  # noqa: S603 a list, never a shell
                [*start, "true"], capture_output=True, text=True, timeout=20, check=False, pass_fds=inherit
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PermanentError(f"The sandbox cannot be started on this worker: {error}.") from error
    if tried.returncode:
        raise PermanentError(
            f"There is no sandbox on this worker, for {tried.stderr.strip()[-300:].rstrip('.')}. The kernel and the "
            "container that it runs in must allow user namespaces with a /proc of their own (docs/operations.md)."
        )


def give(folder: Path, *, user: int) -> None:
    """All of it to the user, if we are root and may. Links are not followed."""
    if os.geteuid() != 0:
        return
    _give_one(folder, user=user)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            _give_one(Path(parent, name), user=user)


def _give_one(path: Path, *, user: int) -> None:
    with suppress(FileNotFoundError):
        if path.lstat().st_uid != user:
            os.lchown(path, user, user)

"""The command line that goes into the sandbox: what is seen there, with which rights, up to which limits.

Reference: bwrap(1), prlimit(1), setpriv(1), choom(1).
"""

import os
import resource
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deployments.sandbox.limits import Limits
from deployments.sandbox.temporary import SANDBOX, temporary_folder

PATH = "/usr/local/bin:/usr/bin:/bin"
HOME = "/tmp"  # noqa: S108 its own, in memory
LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# Parts of /etc that programs in /usr are lost without; each only where this host has it.
ETC = ("alternatives", "ssl/certs", "ssl/openssl.cnf", "ca-certificates", "ld.so.cache", "ld.so.conf", "ld.so.conf.d")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# Numbers of users that Debian keeps free; one for each worker process, so that none uses up another's processes.
FIRST_USER, USERS = 60_100, 800
STAGE = 'while [ "$1" != -- ]; do mount --no-canonicalize --bind "$1" "$2"; shift 2; done; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Mount:
    """Something of this host and where the program sees it."""

    source: Path
    place: str
    is_writable: bool = False

    def options(self) -> list[str]:
        return ["--bind" if self.is_writable else "--ro-bind", str(self.source), self.place]


def choose_user() -> int:
    """Whose rights a program has; without root's there are only our own."""
    return FIRST_USER + os.getpid() % USERS if os.geteuid() == 0 else os.getuid()


@contextmanager
def confined(
    mounts: Sequence[Mount], *, cwd: str, env: Mapping[str, str], limits: Limits
) -> Iterator[tuple[list[str], list[int]]]:
    """The start of a command line that ends inside, and the descriptors that it reads its options from.

    Not from its arguments: an environment with secrets is no business of everybody who can list processes.
    """
    with temporary_folder(SANDBOX) as folder, ExitStack() as stack:
        start = list[str]()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            pairs = list(_prepared_stage(mounts, folder=folder))
            start = [*_stage(pairs), *_become(choose_user())]
            mounts = [replace(mount, source=place) for mount, (_, place) in zip(mounts, pairs, strict=True)]
        seen = [*_system_mounts(), *_written_etc(folder), *mounts]
        options = [*_confine(seen, limits=limits), "--chdir", cwd]
        for name, value in {**_base_environment(), **env}.items():
            options += ["--setenv", name, value]
        descriptor = stack.enter_context(_sealed(options))
        yield [*start, *_limit(limits), "bwrap", "--args", str(descriptor), "--"], [descriptor]


def _prepared_stage(mounts: Sequence[Mount], *, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each source, and an empty place for it."""
    for number, mount in enumerate(mounts):
        place = folder / str(number)
        if mount.source.is_dir():
            place.mkdir()
        else:
            place.touch()
        yield mount.source, place


def _stage(pairs: Sequence[tuple[Path, Path]]) -> list[str]:
    """For root: bring the folders where an unprivileged user can reach them, whatever is above them; seen by it alone.

    One process from here to bubblewrap, whose parent stays ours: so it ends with us.
    """
    words = [str(path) for pair in pairs for path in pair]
    return ["unshare", "--mount", "--propagation", "private", "--", "sh", "-ec", STAGE, "stage", *words, "--"]


def _confine(mounts: Sequence[Mount], *, limits: Limits) -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]
    options += ["--clearenv", "--hostname", "build", *_system_links(), "--proc", "/proc", "--dev", "/dev"]
    for place in ("/dev/shm", HOME):  # noqa: S108 inside
        options += ["--perms", "1777", "--size", str(limits.temporary_bytes), "--tmpfs", place]
    for mount in sorted(mounts, key=lambda mount: mount.place.count("/")):
        options += mount.options()
    # What else is in memory would have no limit.
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/"]


def _become(user: int) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", "--"]


def _limit(limits: Limits) -> list[str]:
    """It is also the first to be ended when memory runs out."""
    bounds = {
        "cpu": (resource.RLIMIT_CPU, limits.cpu_seconds),
        "nproc": (resource.RLIMIT_NPROC, limits.processes),
        "nofile": (resource.RLIMIT_NOFILE, limits.open_files),
        "fsize": (resource.RLIMIT_FSIZE, limits.file_bytes),
        "core": (resource.RLIMIT_CORE, 0),
    }
    words = [f"--{name}={_lower(kind, bound=bound)}" for name, (kind, bound) in bounds.items()]
    return ["prlimit", *words, "--", "choom", "--adjust", "1000", "--"]


def _lower(kind: int, *, bound: int) -> int:
    """No more than this process has itself: without rights a limit cannot be raised."""
    most = resource.getrlimit(kind)[1]
    return bound if most == resource.RLIM_INFINITY else min(bound, most)


def _base_environment() -> dict[str, str]:
    """Node and OpenSSL trust whom this host trusts, also a company's own authority."""
    trust = dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), CERTIFICATES) if Path(CERTIFICATES).exists() else {}
    return {"PATH": PATH, "HOME": HOME, "LANG": "C.UTF-8", "TZ": "UTC", "CI": "true", "NO_COLOR": "1", **trust}


def _system_links() -> list[str]:
    found = [Path("/", name) for name in LINKS]
    return [word for link in found if link.is_symlink() for word in ("--symlink", str(link.readlink()), str(link))]


def _system_mounts() -> Iterator[Mount]:
    yield Mount(Path("/usr"), "/usr")
    for path in (*(Path("/", name) for name in LINKS), *(Path("/etc", name) for name in ETC)):
        if path.exists() and not path.is_symlink():
            yield Mount(path, str(path))


def _written_etc(folder: Path) -> Iterator[Mount]:
    """Just enough to have a name; nothing of this host's users and networks."""
    user = choose_user()
    texts = {
        "passwd": f"root:x:0:0:root:/:/bin/sh\nbuild:x:{user}:{user}:build:{HOME}:/bin/sh\n",
        "group": f"root:x:0:\nbuild:x:{user}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "resolv.conf": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
        yield Mount(folder / name, f"/etc/{name}")


@contextmanager
def _sealed(words: Iterable[str]) -> Iterator[int]:
    descriptor = os.memfd_create("options", 0)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(b"".join(os.fsencode(word) + b"\0" for word in words))
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)

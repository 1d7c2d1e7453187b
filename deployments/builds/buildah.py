"""One build with buildah, in a storage of its own; see `dockerfile`.

References: buildah-build(1), user_namespaces(7).
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.builds.images import pull_options
from deployments.contract import CalledError, Context, PermanentError
from deployments.sandbox.bubblewrap import give
from deployments.sandbox.limits import read_limits

# Users of images, the root of them first, are these of this host, who own nothing else.
FIRST_USER, USERS = 0x30000000, 65_536
NAME = "localhost/built:latest"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Buildah and runc say more on their standard output than on the other; all of it belongs in the log.
ALL_TO_THE_LOG = ("sh", "-c", 'exec "$@" >&2', "sh")
# All of it ends with this one's parent, whoever they have become by then: the first of a namespace is not outlived.
TOGETHER = ("unshare", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child", "--")
# Nobody can lift in a namespace of users what bwrap has put on the mount, and runc would have to.
LIFTED = ("sh", "-ec", 'mount -o remount,bind,suid,dev /work; exec "$@"', "sh")
# Only where this host has it: what it takes to find and trust a registry.
NETWORK = ("resolv.conf", "hosts", "nsswitch.conf", "ssl/certs", "ca-certificates")


class Buildah:
    """`folder` is where it works; it is seen as /work inside, `source` as /context, and `into` as /out."""

    def __init__(self, folder: Path, *, source: Path, into: Path, context: Context) -> None:
        self._folder, self._source, self._into, self._context = folder, source, into, context
        folder.chmod(0o711)
        for name in ("root", "run", "tmp", "secrets"):
            (folder / name).mkdir(mode=0o711)
        self.write("passwd", "root:x:0:0:root:/:/bin/sh\n")
        # newuidmap gives nobody more than this says, not even root.
        self.write("subid", f"root:{FIRST_USER}:{USERS}\n")
        self._secrets: list[str] = []

    def write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def add_secret(self, name: str, value: str) -> None:
        path = self._folder / "secrets" / name
        path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        path.write_text(value)
        self._secrets += ["--secret", f"id={name},src=/work/secrets/{name}"]

    def pull(self, image: str) -> None:
        """Fetch a base image, from this host's network. Raises PermanentError if its registry is not allowed."""
        options = pull_options(image)
        self._context.log(f"Fetching the base image {image}.")
        self._call("fetch the base image", ["pull", "--quiet", *options, f"docker://{image}"], has_network=True)

    def build(self, *, arguments: Mapping[str, str], target: str) -> None:
        limits = read_limits()
        options = ["--file", "/work/Dockerfile", "--tag", NAME, "--pull-never", "--timestamp", "0", "--layers=false"]
        options += ["--isolation", "rootless", "--runtime", "runc", "--network", "none"]
        for kind, bound in (("nproc", limits.processes), ("nofile", limits.open_files), ("fsize", limits.file_bytes)):
            options += ["--ulimit", f"{kind}={bound}:{bound}"]
        for name, value in arguments.items():
            options += ["--build-arg", f"{name}={value}"]
        if target:
            options += ["--target", target]
        self._call("build", ["build", *options, *self._secrets, "/context"])

    def export(self) -> None:
        """Write the image as an OCI layout."""
        self._call("write the image", ["push", "--quiet", NAME, "oci:/out"])
        give(self._into, user=0)

    def _call(self, doing: str, words: Sequence[str], *, has_network: bool = False) -> None:
        for folder in (self._folder / "secrets", self._source, self._into):
            give(folder, user=FIRST_USER)
        # Not what is in them: that belongs to all the users of images.
        for name in ("root", "run", "tmp"):
            os.chown(self._folder / name, FIRST_USER, FIRST_USER)
        storage = ["--root", "/work/root", "--runroot", "/work/run", "--storage-driver", "vfs"]
        argv = [*TOGETHER, *self._outside(has_network=has_network), *_apart(), "buildah", *storage, *words]
        try:
            self._context.call([*ALL_TO_THE_LOG, *argv], cwd=self._folder, env={"PATH": PATH})
        except CalledError as error:
            raise PermanentError(
                f"Buildah could not {doing}: it ended with status {error.status}.", hint="The log says why."
            ) from error

    def _outside(self, *, has_network: bool) -> list[str]:
        """Nothing of this host but its programs, and no network unless it is needed."""
        options = ["--die-with-parent", "--unshare-ipc", "--unshare-uts", "--clearenv", "--chdir", "/work"]
        options += [] if has_network else ["--unshare-net"]
        for link in ("bin", "sbin", "lib", "lib64"):
            options += ["--symlink", f"usr/{link}", f"/{link}"]
        # A whole /proc: below one that bwrap has covered in places the kernel lets nobody mount another.
        options += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--bind", "/sys", "/sys"]
        options += ["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc"]
        options += ["--ro-bind", "/etc/containers", "/etc/containers"]
        for place, name in (("passwd", "passwd"), ("subuid", "subid"), ("subgid", "subid")):
            options += ["--ro-bind", str(self._folder / name), f"/etc/{place}"]
        for name in NETWORK if has_network else ():
            options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        for place in ("/tmp", "/var", "/run"):  # noqa: S108 inside
            options += ["--perms", "1777", "--tmpfs", place]
        options += ["--perms", "0755", "--dir", "/work", "--bind", str(self._folder), "/work"]
        options += ["--ro-bind", str(self._source), "/context", "--bind", str(self._into), "/out"]
        for name, value in _environment().items():
            options += ["--setenv", name, value]
        return ["bwrap", *options, "--"]


def _apart() -> list[str]:
    """From here on root is nobody, and sees no processes but these."""
    users = [f"--map-{kind}={FIRST_USER},0,{USERS}" for kind in ("users", "groups")]
    processes = ["--pid", "--mount", "--fork", "--mount-proc"]
    return [*LIFTED, "unshare", "--user", *users, "--setuid", "0", "--setgid", "0", *processes, "--"]


def _environment() -> dict[str, str]:
    """The last one tells buildah that it need not make a namespace of users itself."""
    return {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/work/tmp", "_CONTAINERS_USERNS_CONFIGURED": "done"}  # noqa: S108

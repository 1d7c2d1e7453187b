"""One build with buildah, in a storage of its own; see `dockerfile`."""

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.builds.images import pull_options
from deployments.contract import CalledError, Context, PermanentError
from deployments.sandbox.limits import read_limits

# Users of an image are these of this host, who own nothing: 65,536 above 0x30000000.
USERS = f"0:{0x30000000}:65536"
NAME = "localhost/built:latest"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/tmp"}  # noqa: S108 inside
# Buildah and runc say more on their standard output than on the other; all of it belongs in the log.
ALL_TO_THE_LOG = ("sh", "-c", 'exec "$@" >&2', "sh")


class Buildah:
    """`folder` is where it works; it is seen as /work inside, `source` as /context, and `into` as /out."""

    def __init__(self, folder: Path, *, source: Path, into: Path, context: Context) -> None:
        self._folder, self._source, self._into, self._context = folder, source, into, context
        # Root of a RUN step, who is somebody else outside, goes through them to what is his.
        folder.chmod(0o711)
        for name in ("tmp", "secrets"):
            (folder / name).mkdir(mode=0o711)
        self.write("passwd", "root:x:0:0:root:/:/bin/sh\n")
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
        self._call(
            "fetch the base image", self._buildah("pull", "--quiet", *options, f"docker://{image}", at=self._folder)
        )

    def build(self, *, arguments: Mapping[str, str], target: str) -> None:
        limits = read_limits()
        options = ["--file", "/work/Dockerfile", "--tag", NAME, "--pull-never", "--timestamp", "0", "--layers=false"]
        options += ["--isolation", "oci", "--runtime", "runc", "--network", "none"]
        options += ["--userns-uid-map", USERS, "--userns-gid-map", USERS]
        for kind, bound in (("nproc", limits.processes), ("nofile", limits.open_files), ("fsize", limits.file_bytes)):
            options += ["--ulimit", f"{kind}={bound}:{bound}"]
        for name, value in arguments.items():
            options += ["--build-arg", f"{name}={value}"]
        if target:
            options += ["--target", target]
        self._call("build", self._inside(self._buildah("build", *options, *self._secrets, "/context")))

    def export(self) -> None:
        """Write the image as an OCI layout."""
        self._call("write the image", self._inside(self._buildah("push", "--quiet", NAME, "oci:/out")))

    def _call(self, doing: str, argv: Sequence[str]) -> None:
        try:
            self._context.call(
                [*ALL_TO_THE_LOG, *argv], cwd=self._folder, env={**ENVIRONMENT, "TMPDIR": str(self._folder / "tmp")}
            )
        except CalledError as error:
            raise PermanentError(
                f"Buildah could not {doing}: it ended with status {error.status}.", hint="The log says why."
            ) from error

    def _buildah(self, command: str, *words: str, at: Path = Path("/work")) -> list[str]:
        storage = ["--root", f"{at}/root", "--runroot", f"{at}/run", "--storage-driver", "vfs"]
        return ["buildah", *storage, command, *words]

    def _inside(self, argv: Sequence[str]) -> list[str]:
        """Nothing of this host, no network, and an end for all of it with its first process.

        The processes of this host are hidden by unshare, not by bwrap: whose /proc is covered in places, and the kernel
        lets nobody mount a whole one below such.
        """
        options = ["--die-with-parent", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--clearenv"]
        options += ["--ro-bind", "/usr", "/usr", "--ro-bind", "/etc/containers", "/etc/containers"]
        options += ["--ro-bind", str(self._folder / "passwd"), "/etc/passwd"]
        for link in ("bin", "sbin", "lib", "lib64"):
            options += ["--symlink", f"usr/{link}", f"/{link}"]
        options += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--bind", "/sys", "/sys"]
        for place in ("/tmp", "/var", "/run"):  # noqa: S108 inside
            options += ["--tmpfs", place]
        options += ["--perms", "0755", "--dir", "/work", "--bind", str(self._folder), "/work"]
        options += ["--ro-bind", str(self._source), "/context", "--bind", str(self._into), "/out", "--chdir", "/work"]
        for name, value in {**ENVIRONMENT, "TMPDIR": "/work/tmp"}.items():
            options += ["--setenv", name, value]
        apart = ["unshare", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child", "--"]
        return ["bwrap", *options, "--", *apart, *argv]

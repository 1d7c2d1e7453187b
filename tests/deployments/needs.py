"""Says which programs `make test-tools` misses on this machine, and how to install them."""

import shutil
import sys

# Program: Debian's package of it.
PROGRAMS = {
    "busybox": "busybox-static",
    "buildah": "buildah",
    "bwrap": "bubblewrap",
    "curl": "curl",
    "docker-registry": "docker-registry",
    "git": "git",
    "hugo": "hugo",
    "jekyll": "jekyll",
    "nginx": "nginx-light",
    "npm": "npm",
    "openssl": "openssl",
    "promtool": "prometheus",
    "runc": "runc",
    "skopeo": "skopeo",
}


def main() -> str:
    """A message if anything is missing, else nothing."""
    missing = {program: package for program, package in PROGRAMS.items() if not shutil.which(program)}
    if not missing:
        return ""
    return (
        f"Not on this machine: {', '.join(missing)}.\n"
        f"On Debian: apt-get install --no-install-recommends {' '.join(missing.values())}"
    )


if __name__ == "__main__":
    sys.exit(main() or None)

"""Programs of the worker that builders run in the sandbox."""

import shutil
import struct
import tempfile
from pathlib import Path

from deployments.contract import Context, PermanentError
from deployments.sandbox.confinement import PATH

PT_INTERP = 3


def require(program: str, *, package: str, path: str = "") -> None:
    """Raise PermanentError, with the Debian package, if it is not on the path, or else on that of the sandbox."""
    if shutil.which(program, path=path or PATH) is None:
        raise PermanentError(
            f"There is no {program} on this worker.",
            hint=f"Ask whoever runs the registry to install the Debian package {package}.",
        )


def new_folder(context: Context, name: str) -> Path:
    """An empty folder in the deployment's own; it goes with it."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=context.work)).resolve()


def is_static(program: Path) -> bool:
    """Whether it is a program of 64 bits that needs no loader: no program header is PT_INTERP. Reference: elf(5)."""
    try:
        with program.open("rb") as file:
            content = file.read(1 << 16)
    except OSError:
        return False
    if content[:5] != b"\x7fELF\x02":
        return False
    order = "<" if content[5] == 1 else ">"
    (start,) = struct.unpack_from(f"{order}Q", content, 32)
    size, number = struct.unpack_from(f"{order}HH", content, 54)
    try:
        kinds = [struct.unpack_from(f"{order}I", content, start + size * each)[0] for each in range(number)]
    except struct.error:
        return False
    return PT_INTERP not in kinds

"""Programs of the worker that builders run in the sandbox."""

import shutil
import tempfile
from pathlib import Path

from deployments.contract import Context, PermanentError
from deployments.sandbox.confinement import PATH


def require(program: str, *, package: str) -> None:
    """Raise PermanentError, with the Debian package, if the sandbox would not find it."""
    if shutil.which(program, path=PATH) is None:
        raise PermanentError(
            f"There is no {program} on this worker.",
            hint=f"Ask whoever runs the registry to install the Debian package {package}.",
        )


def new_folder(context: Context, name: str) -> Path:
    """An empty folder in the deployment's own; it goes with it."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=context.work)).resolve()

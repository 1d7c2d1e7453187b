"""Where the console script begins: says what to install if the two packages of the command are missing.

The library alone brings neither, so that a server which only reads does not carry them.
"""

import sys
from collections.abc import Callable

ADVICE = "The command `registry` needs {missing}: pip install 'registry-client[cli]'\n"
UNUSABLE = 2


def _explain(missing: str) -> Callable[[], None]:
    def explain() -> None:
        sys.stderr.write(ADVICE.format(missing=missing))
        raise SystemExit(UNUSABLE)

    return explain


try:
    from registry_client.cli.app import run as main
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    if package not in ("typer", "rich"):
        raise
    main = _explain(package)
except KeyboardInterrupt:
    # Somebody changed their mind while Python was still reading files.
    raise SystemExit(130) from None

__all__ = ["main"]

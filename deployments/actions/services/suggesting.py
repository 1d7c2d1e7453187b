"""Which builders fit a source, for who does not know: its files are looked at, for a source that is here already.

Nothing is fetched over a network, and no program is run: this is called by the web process.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn
from uuid import UUID, uuid4

from deployments.actions.errors import RefusedError
from deployments.backends import BackendMissingError
from deployments.builds import Suggestion, suggest
from deployments.contract import BackendError, Context, PermanentError, StoppedError
from deployments.sources import get_source

# Sources whose files are on this machine: in the config, or uploaded.
LOCAL = ("inline", "upload")
MAX_SECONDS = 5.0
TOO_LONG = "Looking at the source takes too long here: it is large. Choose the builder yourself."


def can_suggest(source_backend: str) -> bool:
    return source_backend.partition("@")[0] in LOCAL


def suggest_builders(source_backend: str, config: Mapping[str, Any]) -> list[Suggestion]:
    """The surest first. The config must be valid. Raises RefusedError, also where the source cannot be read."""
    if not can_suggest(source_backend):
        raise RefusedError("Only files that are here already are looked at: choose the builder yourself.")
    try:
        source = get_source(source_backend)
        with TemporaryDirectory() as folder:
            context, tree = BriefContext(Path(folder)), Path(folder) / "tree"
            tree.mkdir()
            fetched = source.fetch(config, source.resolve(config, context), tree, context)
            return suggest(fetched.path)
    except StoppedError as error:
        raise RefusedError(TOO_LONG) from error
    except (BackendError, BackendMissingError) as error:
        raise RefusedError(f"The source cannot be looked at: {error}") from error


class BriefContext(Context):
    """Gives a source a folder and a few seconds, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.deployment_id: UUID = uuid4()
        self.attempt = 1
        self.work, self.cache = folder / "work", folder / "cache"
        self.work.mkdir()
        self.cache.mkdir()
        self._ends_at = time.monotonic() + MAX_SECONDS

    def log(self, text: str) -> None:
        """Nobody reads it."""

    def check(self) -> None:
        if self.seconds_left() <= 0:
            raise StoppedError

    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    def secret(self, reference: Mapping[str, str]) -> str:
        raise PermanentError("It needs a secret.")

    def run(self, argv: Sequence[str], **options: Any) -> NoReturn:
        raise PermanentError("It needs a program.")

    def call(self, argv: Sequence[str], **options: Any) -> NoReturn:
        raise PermanentError("It needs a program.")

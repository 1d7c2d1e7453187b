"""What a source backend gets to see of a look: a folder, some seconds, and the secrets that are for it."""

import time
import uuid
from pathlib import Path

from deployments.contract import StoppedError
from deployments.models import Look, Secret
from deployments.runner.folders import remove_tree, work_folder
from deployments.runner.programs import ProgramContext


class LookContext(ProgramContext):
    """`folder` is of this look alone, with `work`, `cache` and the tree in it. Nobody reads what is said."""

    def __init__(self, look: Look, lease: uuid.UUID, *, seconds: float) -> None:
        super().__init__()
        self.deployment_id, self.attempt = look.pk, look.attempt
        self.folder = work_folder(look.pk, lease)
        self.work, self.cache, self._tree = (self.folder / name for name in ("work", "cache", "tree"))
        self._look, self._ends_at = look, time.monotonic() + seconds

    def make_folders(self) -> None:
        """Raises OSError."""
        self.work.mkdir(parents=True)
        self.cache.mkdir()

    def new_tree(self) -> Path:
        """An empty folder for the source, whatever an earlier connection left."""
        remove_tree(self._tree)
        self._tree.mkdir()
        return self._tree

    def check(self) -> None:
        if self.seconds_left() <= 0:
            raise StoppedError

    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    def _say(self, line: str) -> None:
        """A look has no log: its end says what went wrong."""

    def _find_secret(self, name: str) -> Secret | None:
        """What was sent with the look goes before what its service keeps."""
        sent = self._look.secrets.filter(name=name).first()
        if sent is None and self._look.service_id:
            return Secret.objects.filter(service=self._look.service_id, name=name).first()
        return sent

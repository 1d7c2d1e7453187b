"""The working tree of Git that the files lie in: what is not committed, and one commit of what was written."""

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from catalog.actions.errors import RefusedError

SECONDS = 120
# Of commits that the registry makes by itself; who changed what stands in their message.
AUTHOR = "Provider Metadata Registry <registry@localhost>"


class DivergedError(RefusedError):
    """The branch here and the one at origin changed the same files: a person brings them together."""


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """A folder in a checkout. Every method raises RefusedError with what Git said."""

    folder: Path

    def branch(self) -> str:
        """Raises RefusedError where no branch is checked out, or something is half done."""
        self._git("rev-parse", "--show-toplevel", doing="be used: it is in no checkout of Git")
        unmerged = self._git("ls-files", "--unmerged", "--", ":/", doing="be looked at")
        if unmerged:
            raise RefusedError(f"{self.folder}: a merge is not finished; finish it first.")
        return self._git("symbolic-ref", "--short", "HEAD", doing="be committed to: no branch is checked out").strip()

    def git_folder(self) -> str:
        """Where Git keeps its own files of this checkout."""
        return self._git("rev-parse", "--absolute-git-dir", doing="be used").rstrip("\n")

    def changed(self) -> list[str]:
        """Paths below the folder, relative to it, that differ from the last commit, new ones included."""
        # Renames are told as what they are: one file went, another came.
        listing = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ".")
        listed = self._git(*listing, doing="be looked at")
        prefix = self._git("rev-parse", "--show-prefix", doing="be looked at").rstrip("\n")
        return sorted(line[3:].removeprefix(prefix) for line in listed.split("\0") if line)

    def head(self) -> str:
        """Short name, author and subject of the last commit of the folder; empty before the first."""
        if not self._git("for-each-ref", "--count=1", doing="be looked at"):
            return ""
        return self._git("log", "-1", "--format=%h by %an: %s", "--", ".", doing="be looked at").strip()

    def commit(self, message: str) -> bool:
        """Commit all of the folder and nothing else; False if there is nothing to commit."""
        self._git("add", "--all", "--", ".", doing="be committed")
        if not self._git("diff", "--cached", "--name-only", "--", ".", doing="be committed"):
            return False
        self._git("commit", "--quiet", f"--author={AUTHOR}", f"--message={message}", "--", ".", doing="be committed")
        return True

    def bring(self, branch: str) -> None:
        """Put the commits of here on top of what origin's branch has; the network. Raises DivergedError.

        Only if no file was changed by both: Git would join lines that nobody has seen together. Nothing is done while
        something is not committed.
        """
        ref = f"refs/heads/{branch}"
        if not self._git("for-each-ref", "--count=1", doing="be looked at"):
            return
        if self._git("diff", "--name-only", "HEAD", "--", ":/", doing="be looked at"):
            return
        if not self._git("ls-remote", "origin", ref, doing="be compared with origin"):
            return
        self._git("fetch", "--quiet", "--no-tags", "origin", ref, doing="take over what origin has")
        common = self._git("merge-base", "HEAD", "FETCH_HEAD", doing="be brought together with what origin has").strip()
        here, there = (self._changed_since(common, commit) for commit in ("HEAD", "FETCH_HEAD"))
        if both := sorted(here & there):
            shown = ", ".join(both[:5]) + (", ..." if len(both) > 5 else "")
            raise DivergedError(f"Commits here that were not pushed and commits at origin both change {shown}.")
        try:
            self._git("rebase", "--quiet", "FETCH_HEAD", doing="take over what origin has")
        except RefusedError:
            with suppress(RefusedError):
                self._git("rebase", "--abort", doing="go back")
            raise

    def _changed_since(self, common: str, commit: str) -> set[str]:
        listed = self._git("diff", "--name-only", "--no-renames", "-z", common, commit, "--", ":/", doing="be compared")
        return set(filter(None, listed.split("\0")))

    def push(self, branch: str) -> None:
        self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", doing="be pushed; the commit is kept")

    def _git(self, *arguments: str, doing: str) -> str:
        # Nobody is there to be asked for a password; who commits is the registry if Git was not told.
        environment = {
            "GIT_COMMITTER_NAME": "Provider Metadata Registry",
            "GIT_COMMITTER_EMAIL": "registry@localhost",
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
        }
        try:
            run = subprocess.run(  # noqa: S603
                ["git", *arguments],  # noqa: S607
                cwd=self.folder, env=environment, capture_output=True, text=True, errors="surrogateescape",
                check=False, timeout=SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RefusedError(f"{self.folder} cannot {doing}: {error}") from error
        if run.returncode:
            said = (run.stderr or run.stdout).strip().splitlines()
            raise RefusedError(f"{self.folder} cannot {doing}: {said[-1] if said else 'Git failed'}")
        return run.stdout

"""`manage.py sync_registry_repo DIR`: bring edits of Git into the registry, and edits of the registry into Git."""

import difflib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from catalog.actions.errors import RefusedError
from catalog.actions.repository.git import DivergedError
from catalog.actions.repository.importing import DamagedFilesError
from catalog.actions.repository.syncing import Sync, apply_sync, bring_upstream, plan_sync, told
from catalog.documents.layout import path_of, write_document
from catalog.documents.mapping import kind_of
from catalog.management.imports import count_wrong, import_lines
from catalog.management.people import find_person
from catalog.management.tables import plain, width_of

CONFLICTS = 3


class Command(BaseCommand):
    help = (
        "Keep the files below DIR, in a checkout of Git, and the registry in step. Without --apply, only say what "
        "would happen. Exit 3 if a person must decide something; then nothing was touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that export_registry wrote")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the person on whose behalf")
        parser.add_argument("--apply", action="store_true", help="do it, if everything is certain")
        parser.add_argument(
            "--push",
            action="store_true",
            help="first take over what others have pushed to the branch's name at origin, last push the commit there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["by"])
        if person is None:
            raise CommandError("Say on whose behalf: --by USERNAME.")
        try:
            if options["apply"] and options["push"]:
                bring_upstream(options["folder"])
            sync = plan_sync(options["folder"], by=person)
            self._show(sync)
            if options["apply"]:
                apply_sync(sync, by=person, push=options["push"])
        except DamagedFilesError as error:
            for problem in error.problems:
                self.stdout.write(plain(str(problem)))
            raise CommandError("Nothing was touched: put these files right first.") from error
        except DivergedError as error:
            said = f"Nothing was touched: {error} Bring them together with git rebase, then run it again."
            raise CommandError(plain(said), returncode=CONFLICTS) from error
        except RefusedError as error:
            raise CommandError(plain(str(error))) from error
        self.stdout.write(_outcome(sync, applied=options["apply"]))

    def _show(self, sync: Sync) -> None:
        """Raises CommandError for what cannot be done."""
        for line in import_lines(sync.plan.rows, sync.plan.before, width=width_of(self.stdout)):
            self.stdout.write(line)
        for key in sync.to_git:
            self.stdout.write(plain(f"to Git    {path_of(key)}: {told(sync.revisions[key])}"))
        wrong = count_wrong(sync.plan.rows)
        for key in sync.gone:
            self.stdout.write(plain(f"gone      {path_of(key)} was taken away, and the registry has the entry"))
        for key in sync.conflicts:
            self._show_conflict(sync, key)
        undecided = len(sync.conflicts) + len(sync.gone)
        if undecided:
            raise CommandError(
                f"Nothing was touched: {undecided:,} entr{pluralize(undecided, 'y,ies')} for a person to decide. "
                "import_registry --overwrite KEY (or --remove REASON) takes the side of Git, "
                "export_registry --overwrite KEY that of the registry.",
                returncode=CONFLICTS,
            )
        if wrong:
            raise CommandError(f"Nothing was touched: {wrong} of {len(sync.plan.rows)} entries cannot be saved.")

    def _show_conflict(self, sync: Sync, key: str) -> None:
        """Both versions, as what the one of Git does to the registry's."""
        self.stdout.write(plain(f"conflict  {path_of(key)}: {told(sync.revisions[key])}"))
        file = sync.plan.folder / path_of(key)
        ours = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        theirs = write_document(kind_of(key), sync.revisions[key].document).decode().splitlines()
        for line in difflib.unified_diff(theirs, ours, "registry", "Git", lineterm="", n=2):
            self.stdout.write(plain(f"    {line}"))


def _outcome(sync: Sync, *, applied: bool) -> str:
    if not sync.to_registry and not sync.to_git and not sync.is_committed:
        return "Git and the registry say the same."
    counts = f"{len(sync.to_registry):,} to the registry, {len(sync.to_git):,} to Git"
    if not applied:
        return f"Nothing was written. Say --apply for {counts}."
    return f"{counts}{'; committed' if sync.is_committed else ''}. What came from Git waits for approval."

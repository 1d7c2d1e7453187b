"""`publish` and `rollback`: the plan first, then a question, then the deed, bound to that very plan."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from registry_client.cli.api.http import Api
from registry_client.cli.api.waiting import Waited, wait_for_publish
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.comparing import SIGNS, STYLES, VERBS, show_difference
from registry_client.cli.options import calling, refuse_usage, register
from registry_client.cli.screen import Screen
from registry_client.cli.session import Calling
from registry_client.cli.texts import counted

SHOWN_CHANGES = 50
PLAN_PAGE = 200
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Do not wait until readers see it.")]
WaitOption = Annotated[float, typer.Option("--wait", min=1, metavar="SECONDS", help="Wait no longer than this.")]


def add_commands(app: typer.Typer) -> None:
    register(app, "publish", calling, publish)
    register(app, "rollback", calling, roll_back)


def publish(
    session: Calling,
    *,
    note: Annotated[str, typer.Option("--note", "-m", metavar="TEXT", help="What this publish is about.")] = "",
    yes: YesOption = False,
    mass_change: Annotated[
        bool, typer.Option("--mass-change", help="More of what is live may change at once than usual.")
    ] = False,
    dry_run: DryRunOption = False,
    no_wait: NoWaitOption = False,
    wait: WaitOption = 600.0,
) -> int:
    """Publish all that is approved.

    Shows the plan, asks, and waits until readers see it. Exactly what was shown is published, or nothing.
    """
    with session.api() as api:
        plan = _read_plan(api, "snapshots", {})
        if not plan["changes"]:
            return _nothing(session.screen, plan, "There is nothing to publish: everything that is approved is live.")
        if plan["problems"]:
            _refuse_problems(session.screen, plan)
        is_mass = plan["is_mass_change"]
        if dry_run:
            _show_plan(session.screen, plan, is_whole=True)
            return Code.OK
        _show_plan(session.screen, plan)
        question = f"Publish {_counts(plan)}?"
        if is_mass and not mass_change:
            _confirm_mass_change(session.screen, plan, yes=yes)
        elif not yes:
            _confirm(session.screen, question)
        body = {"note": note, "plan": plan["plan"], "confirm_mass_change": is_mass}
        request = api.act("snapshots", body)
        return _finish(session.screen, api, request, plan, seconds=0 if no_wait else wait)


def roll_back(
    session: Calling,
    *,
    to_serial: Annotated[
        int | None, typer.Option("--to-serial", min=1, metavar="SERIAL", help="Publish again what it held.")
    ] = None,
    hours_ago: Annotated[
        float | None, typer.Option("--hours-ago", min=0, metavar="HOURS", help="Publish again what was live then.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; everybody sees it. Needed but for --dry-run.")
    ] = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    no_wait: NoWaitOption = False,
    wait: WaitOption = 600.0,
) -> int:
    """Go back to an earlier serial.

    Its content is published again under a new, higher serial. Drafts stay as they are.
    """
    if (to_serial is None) == (hours_ago is None):
        raise refuse_usage("Say where to go back to.", hint="Either --to-serial or --hours-ago.")
    if not reason.strip() and not dry_run:
        raise refuse_usage("A rollback needs a reason.", hint='--reason "Wrong prices"')
    with session.api() as api:
        serial = to_serial if to_serial is not None else _serial_then(api, hours=hours_ago or 0.0)
        plan = _read_plan(api, f"snapshots/{serial}/rollback", {}) | {"to_serial": serial}
        if not plan["changes"]:
            return _nothing(session.screen, plan, f"Serial {serial} has the same content as what is live.")
        if dry_run:
            _show_plan(session.screen, plan, is_whole=True)
            return Code.OK
        _show_plan(session.screen, plan)
        if not yes:
            _confirm(session.screen, f"Go back to serial {serial}: {_counts(plan)}?")
        request = api.act(f"snapshots/{serial}/rollback", {"reason": reason, "plan": plan["plan"]})
        return _finish(session.screen, api, request, plan, seconds=0 if no_wait else wait)


def _read_plan(api: Api, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The whole plan, from all of its pages; anew if it changed meanwhile."""
    while True:
        plan: dict[str, Any] = api.look(path, body, dry_run="true", limit=PLAN_PAGE)
        page = plan
        while page["next_cursor"] is not None:
            page = api.look(path, body, dry_run="true", limit=PLAN_PAGE, cursor=page["next_cursor"])
            if page["plan"] != plan["plan"]:
                break
            plan["changes"] += page["changes"]
        else:
            return {name: value for name, value in plan.items() if name != "next_cursor"}


def _serial_then(api: Api, *, hours: float) -> int:
    """What was live so many hours ago, by the server's clock."""
    try:
        moment = api.now() - timedelta(hours=hours)
    except (OverflowError, ValueError) as error:
        raise refuse_usage(f"There was no time {hours} hours ago.") from error
    for snapshot in api.get_all("snapshots"):
        published_at = snapshot["published_at"]
        if published_at and datetime.fromisoformat(published_at) <= moment:
            return int(snapshot["serial"])
    message = f"Nothing was published before {moment:%Y-%m-%d %H:%M} UTC."
    raise CommandError(Code.NOT_FOUND, message, hint="registry diff and the admin show what there is.")


def _nothing(screen: Screen, plan: Mapping[str, Any], message: str) -> int:
    """Whoever wants what is so already has it."""
    if screen.as_json:
        screen.json({"outcome": "nothing", "plan": plan, "request": None})
    else:
        screen.line(message)
    return Code.OK


def _refuse_problems(screen: Screen, plan: Mapping[str, Any]) -> None:
    problems = plan["problems"]
    message = f"{counted(len(problems), 'problem')} must be put right first; nothing was published."
    raise CommandError(Code.REFUSED, message, errors=problems)


def _show_plan(screen: Screen, plan: Mapping[str, Any], *, is_whole: bool = False) -> None:
    """With --json only if it is all that is wanted: there is one JSON value in the end."""
    if screen.as_json:
        if is_whole:
            screen.json({"outcome": "planned", "plan": plan, "request": None})
        return
    changes = plan["changes"]
    for change in changes if is_whole else changes[:SHOWN_CHANGES]:
        screen.line(f"{SIGNS[change['verb']]} {change['key']}", style=STYLES[change["verb"]])
        for each in change["differences"] if change["verb"] == "changed" else ():
            show_difference(screen, each["path"], each["before"], each["after"])
    if not is_whole and len(changes) > SHOWN_CHANGES:
        screen.line(f"  and {len(changes) - SHOWN_CHANGES} more; --dry-run shows all.")
    screen.line(f"Plan: {_counts(plan)}.")


def _counts(plan: Mapping[str, Any]) -> str:
    return ", ".join(f"{plan['counts'][verb]} {verb}" for verb in VERBS if plan["counts"][verb])


def _confirm(screen: Screen, question: str) -> None:
    """Raises CommandError: nobody is there to ask, or they said no."""
    _refuse_unattended(screen, "--yes")
    if not _answer(lambda: typer.confirm(question, err=True)):
        raise CommandError(Code.REFUSED, "Nothing was done.")


def _confirm_mass_change(screen: Screen, plan: Mapping[str, Any], *, yes: bool) -> None:
    """More than a yes: the number of what changes or goes."""
    touched = plan["counts"]["changed"] + plan["counts"]["removed"]
    if yes:
        message = f"This changes or removes {touched} entries at once, more than usual."
        raise CommandError(Code.REFUSED, message, hint="If that is meant, pass --mass-change.")
    _refuse_unattended(screen, "--yes --mass-change")
    screen.warn(f"This changes or removes {touched} entries at once, more than usual.")
    typed = _answer(lambda: typer.prompt(f"Type {touched} to go on", default="", show_default=False, err=True))
    if str(typed).strip() != str(touched):
        raise CommandError(Code.REFUSED, "Nothing was done.")


def _answer(ask: Callable[[], Any]) -> Any:
    """What is answered; None for an end of the input. Raises KeyboardInterrupt."""
    try:
        return ask()
    except typer.Abort as error:
        # Typer makes one of both.
        if isinstance(error.__context__, EOFError):
            return None
        raise KeyboardInterrupt from error


def _refuse_unattended(screen: Screen, option: str) -> None:
    if not sys.stdin.isatty() or screen.as_json:
        raise refuse_usage("Nobody is there to be asked.", hint=f"Look at the plan with --dry-run, then pass {option}.")


def _finish(screen: Screen, api: Api, request: Mapping[str, Any], plan: Mapping[str, Any], *, seconds: float) -> int:
    try:
        waited = wait_for_publish(screen, api, request, seconds=seconds) if seconds else Waited(dict(request), "asked")
    except KeyboardInterrupt:
        screen.note(f"The registry goes on with request {request['id']} by itself.")
        raise
    if screen.as_json:
        screen.json({"outcome": waited.outcome, "plan": plan, "request": waited.request})
    elif waited.code == Code.OK:
        screen.line(waited.sentence(), style="green")
    if waited.code != Code.OK:
        raise CommandError(waited.code, waited.sentence(), hint=waited.hint())
    return Code.OK

"""`deploy`: ask for a deployment of a service. `logs`: what a deployment says."""

import uuid
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from registry_client.cli.api.events import Event, follow_log, read_log
from registry_client.cli.api.http import Api
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.options import calling, register
from registry_client.cli.session import Calling
from registry_client.cli.texts import ANSI, visible

FollowOption = Annotated[bool, typer.Option("--follow", "-f", help="Show its log until it is over.")]
SUCCEEDED = "succeeded"


def add_commands(app: typer.Typer) -> None:
    register(app, "deploy", calling, deploy_service)
    register(app, "logs", calling, show_log)


def deploy_service(
    session: Calling,
    *,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Its name or its id.")],
    follow: FollowOption = False,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", "-e", metavar="NAME", help="Of several services with this name, that of this one."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Without anything that earlier builds kept.")] = False,
    cancel_running: Annotated[bool, typer.Option("--cancel-running", help="Stop the one that runs now.")] = False,
) -> int:
    """Deploy a service.

    With --follow: show its log, and end with 1 unless it succeeds.
    """
    with session.api() as api:
        found = _find_service(api, service, environment=environment)
        body = {"usesCache": not fresh, "cancelsRunning": cancel_running}
        deployment = api.act(f"services/{found['id']}/deployments", body)
        if session.screen.as_json:
            # One line of a stream, or all there is.
            (session.screen.json_line if follow else session.screen.json)(
                {"event": "deployment", **deployment} if follow else deployment
            )
        else:
            session.screen.line(f"Deployment {deployment['number']} of {found['name']}: {deployment['id']}")
        if not follow:
            session.screen.note(f"It waits for a deployer. registry logs {deployment['id']} --follow")
            return Code.OK
        return _follow(session, api, deployment["id"])


def show_log(
    session: Calling,
    *,
    deployment: Annotated[
        str, typer.Argument(metavar="DEPLOYMENT", help="Its id, or the name of a service for its newest.")
    ],
    follow: FollowOption = False,
    environment: Annotated[
        str | None,
        typer.Option(
            "--environment", "-e", metavar="NAME", help="Of several services with this name, that of this one."
        ),
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="LINE", help="Only what comes after this line.")] = 0,
) -> int:
    """Show what a deployment says.

    With --follow: until it is over, and end with 1 unless it succeeds.
    """
    with session.api() as api:
        found = _find_deployment(api, deployment, environment=environment)
        if follow:
            return _follow(session, api, found, after=after)
        _show(session, read_log(api, found, after=after))
        return Code.OK


def _find_service(api: Api, name: str, *, environment: str | None) -> Any:
    """Raises CommandError: none, or several."""
    if _is_id(name):
        return api.get(f"services/{name}")
    parameters = {"name": name} | ({"environment": environment} if environment else {})
    found = list(api.get_all("services", **parameters))
    if not found:
        raise CommandError(Code.NOT_FOUND, f"There is no service {name} that this token sees.")
    if len(found) > 1:
        listed = ", ".join(f"{one['id']} ({one['environment']}, {one['team']})" for one in found)
        message = f"{len(found)} services are called {name}."
        raise CommandError(Code.USAGE, message, hint=f"Pass --environment or an id: {listed}")
    return found[0]


def _find_deployment(api: Api, name: str, *, environment: str | None) -> str:
    if _is_id(name):
        return name
    service = _find_service(api, name, environment=environment)
    newest = api.get(f"services/{service['id']}/deployments", limit=1)
    if not newest:
        raise CommandError(Code.NOT_FOUND, f"{name} was never deployed.", hint=f"registry deploy {name}")
    return str(newest[0]["id"])


def _follow(session: Calling, api: Api, deployment: str, *, after: int = 0) -> int:
    try:
        state = _show(session, follow_log(api, deployment, after=after))
    except KeyboardInterrupt:
        session.screen.note(f"The deployment goes on: registry logs {deployment} --follow")
        raise
    if session.screen.as_json:
        return Code.OK if state == SUCCEEDED else Code.REFUSED
    if state == SUCCEEDED:
        whole = api.get(f"deployments/{deployment}")
        where = f": {whole['url']}" if whole.get("url") else ""
        session.screen.note(f"Deployment {whole['number']} succeeded{where}", style="green")
        return Code.OK
    raise _failure(api.get(f"deployments/{deployment}"))


def _failure(deployment: Any) -> CommandError:
    error = deployment.get("error") or {}
    message = f"Deployment {deployment['number']} {deployment['state']}."
    reason = f" {error['message']}" if error.get("message") else ""
    return CommandError(Code.REFUSED, f"{message}{reason}", hint=error.get("hint", ""))


def _show(session: Calling, events: Iterable[Event]) -> str:
    """Every event as it comes; the state at the end."""
    state = step = ""
    for event in events:
        state = event.body.get("state", state)
        if session.screen.as_json:
            session.screen.json_line({"event": event.name, **event.body})
        elif event.name == "line":
            _show_line(session, event.body, is_new_step=event.body["step"] != step)
            step = event.body["step"]
    return state


def _show_line(session: Calling, line: Any, *, is_new_step: bool) -> None:
    text = visible(ANSI.sub("", str(line["text"])))
    if session.screen.is_terminal and is_new_step:
        session.screen.line(f"{line['step']}", style="bold cyan")
    session.screen.line(f"  {text}" if session.screen.is_terminal else f"{line['step']}\t{text}")
    session.screen.out.file.flush()


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

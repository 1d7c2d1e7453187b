"""Options that many commands share, and how a command is registered with them.

A command is a function whose first parameter is its session; the others are its own arguments and options. It may
raise whatever the library raises: here that becomes a message, a hint and an exit code.
"""

import inspect
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from registry_client.cli.codes import Code, CommandError, describe_error
from registry_client.cli.screen import Screen
from registry_client.cli.session import Calling, Reading
from registry_client.cli.settings import api_settings, read_settings

Command = Callable[..., Any]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", envvar="REGISTRY_TIMEOUT", min=0.1, metavar="SECONDS", help="Seconds for each request."),
]


def reading(
    *,
    url: Annotated[
        str | None,
        typer.Option("--url", envvar="REGISTRY_URL", metavar="ADDRESS", help="The registry, or a mirror's folder."),
    ] = None,
    mirror: Annotated[
        list[str] | None,
        typer.Option(
            "--mirror", envvar="REGISTRY_MIRRORS", metavar="ADDRESS", help="Asked if the first fails; repeatable."
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", envvar="REGISTRY_KEYS", metavar="FILE", help="Trust these keys only, not those seen first."
        ),
    ] = None,
    cache_dir: Annotated[
        Path | None,
        typer.Option("--cache-dir", envvar="REGISTRY_CACHE_DIR", metavar="FOLDER", help="Where copies are kept."),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep and remember nothing.")] = False,
    timeout: TimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> Reading:
    """The session of a command that reads what is published."""
    settings = read_settings(url=url, mirror=mirror, keys=keys, cache_dir=cache_dir, no_cache=no_cache, timeout=timeout)
    return Reading(Screen(as_json=as_json), settings)


def calling(
    *,
    api_url: Annotated[
        str | None,
        typer.Option("--api-url", envvar="REGISTRY_API_URL", metavar="ADDRESS", help="The API, ending with /api/v1."),
    ] = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
) -> Calling:
    """The session of a command that uses the API, with the token of REGISTRY_TOKEN or REGISTRY_TOKEN_FILE."""
    return Calling(Screen(as_json=as_json), api_settings(api_url=api_url, timeout=timeout))


def register(app: typer.Typer, name: str, make_session: Command, function: Command, *, address: str = "") -> None:
    """Register a function as a command with its own parameters and those of `make_session`.

    `address`: a parameter of it that, if it is given, stands for --url.
    """
    own = list(inspect.signature(function).parameters.values())[1:]
    shared = list(inspect.signature(make_session).parameters.values())

    def run(**given: Any) -> None:
        common = {parameter.name: given.pop(parameter.name) for parameter in shared}
        if address and given[address]:
            common["url"] = given[address]
        screen = Screen(as_json=bool(common.get("as_json")))
        _finish(lambda: function(make_session(**common), **given), screen)

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *shared)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    app.command(name)(run)


def _finish(work: Callable[[], object], screen: Screen) -> None:
    """Do it, and end as its outcome says; never with a traceback."""
    try:
        code = work()
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        screen.note("Stopped.")
        raise typer.Exit(Code.INTERRUPTED) from None
    except BrokenPipeError:
        _forget_output()
        raise typer.Exit(Code.PIPE) from None
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence before the user
        raise typer.Exit(_tell(error, screen)) from None
    raise typer.Exit(code if isinstance(code, int) else Code.OK)


def _tell(error: Exception, screen: Screen) -> Code:
    told = describe_error(error)
    if os.environ.get("REGISTRY_DEBUG") and told.code == Code.BUG:
        traceback.print_exception(error)
    try:
        sys.stdout.flush()
        screen.error(told)
    except BrokenPipeError:
        _forget_output()
    return told.code


def _forget_output() -> None:
    """Whoever read it has gone away. Python would complain once more when it ends."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(sink, stream.fileno())


def refuse_usage(message: str, *, hint: str = "") -> CommandError:
    """For what an argument cannot be."""
    return CommandError(Code.USAGE, message, hint=hint)

"""All commands of `registry`."""

import importlib.metadata
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import typer.core

from registry_client.cli import catalog, checking, comparing, deploying, mirrors, publishing, upkeep
from registry_client.cli.codes import Code, CommandError
from registry_client.cli.screen import Screen

EPILOG = (
    "Settings: an option goes before its environment variable, that before the default. REGISTRY_TOKEN, or the file of "
    "REGISTRY_TOKEN_FILE, has the token for the API. Exit codes: 0 done, 1 refused or invalid, 2 used wrongly, "
    "3 unavailable, 4 not found, 5 not allowed, 6 conflict, 7 disk, 130 stopped."
)
# Where its class is from depends on typer's version.
UsageError: Any = typer.BadParameter.__mro__[1]


class Commands(typer.core.TyperGroup):
    """With `--json`, what is wrong with the arguments is one line of JSON, as every other error."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        own = given[: given.index("--")] if "--" in given else given
        if "--json" not in own or more or not options.get("standalone_mode", True):
            return super().main(args, *more, **options)
        try:
            code = super().main(args, **{**options, "standalone_mode": False})
        except UsageError as error:
            code = _tell_usage(error)
        except typer.Abort:
            code = Code.INTERRUPTED
        sys.exit(code if isinstance(code, int) else Code.OK)


def _tell_usage(error: Any) -> Code:
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help shows what it takes." if context else ""
    Screen(as_json=True).error(CommandError(Code.USAGE, error.format_message(), hint=hint))
    return Code.USAGE


app = typer.Typer(
    name="registry",
    cls=Commands,
    help="Read, mirror and prove a Provider Metadata Registry; publish and deploy through its API.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_wanted:
        try:
            version = importlib.metadata.version("registry-client")
        except importlib.metadata.PackageNotFoundError:
            version = "(run from its source)"
        typer.echo(f"registry {version}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read, mirror and prove a Provider Metadata Registry; publish and deploy through its API."""


for group in (catalog, comparing, mirrors, upkeep, checking, publishing, deploying):
    group.add_commands(app)


def run() -> None:
    """The console script."""
    app(prog_name="registry")

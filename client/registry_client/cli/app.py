"""All commands of `registry`."""

import importlib.metadata
from typing import Annotated

import typer

from registry_client.cli import catalog, checking, comparing, deploying, mirrors, publishing, upkeep

EPILOG = (
    "Settings: an option goes before its environment variable, that before the default. REGISTRY_TOKEN, or the file of "
    "REGISTRY_TOKEN_FILE, has the token for the API. Exit codes: 0 done, 1 refused or invalid, 2 used wrongly, "
    "3 unavailable, 4 not found, 5 not allowed, 6 conflict, 7 disk, 130 stopped."
)
app = typer.Typer(
    name="registry",
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

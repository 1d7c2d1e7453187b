"""What the site generators that the worker has, such as Hugo, have in common: they turn one folder into another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deployments.builds.programs import new_folder
from deployments.builds.trees import copy_site
from deployments.contract import Context, PermanentError


def generate_site(
    argv: Sequence[str],
    *,
    folder: Path,
    into: Path,
    context: Context,
    hint: str,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run the generator in `folder`, and copy what it makes. Raises PermanentError with the hint if that is nothing."""
    name = Path(argv[0]).name
    out = new_folder(context, name)
    context.run([*argv, "--destination", str(out)], cwd=folder, writable=[out], env=env)
    if not copy_site(out, into, tree=out, check=context.check).files:
        raise PermanentError(f"{name.capitalize()} made no files.", hint=hint)

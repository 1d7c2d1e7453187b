"""A config of one major of a backend as one of the next; pure. The old one stays as it is until somebody saves."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from catalog.schemas.configs import judge_config
from deployments.contract import Backend, PermanentError


def upgrade_config(config: Mapping[str, Any], *, older: Backend, newer: Backend) -> dict[str, Any]:
    """`newer` is asked only about a whole, valid config of `older`, and gets a copy.

    Raises PermanentError if the majors do not follow each other, for a config that is not valid now, and where the
    newer backend fails at it or makes one that it does not take itself.
    """
    if (older.info.key, older.info.major + 1) != (newer.info.key, newer.info.major):
        raise PermanentError(f"{newer.info.spec} does not follow {older.info.spec}.", hint="Upgrade one by one.")
    _refuse_invalid(config, older, hint="Correct the config first.")
    hint = f"Stay with {older.info.spec} and tell whoever wrote {newer.info.spec}."
    try:
        upgraded = dict(newer.upgrade(deepcopy(dict(config))))
    except Exception as error:
        raise PermanentError(f"{newer.info.spec} cannot upgrade this config: {error!r}.", hint=hint) from error
    _refuse_invalid(upgraded, newer, hint=hint)
    return upgraded


def _refuse_invalid(config: Mapping[str, Any], backend: Backend, *, hint: str) -> None:
    problems = judge_config(backend.info.schema, config).errors or backend.check_config(config)
    if problems:
        said = "; ".join(f"{problem.path or 'as a whole'}: {problem.message}" for problem in sorted(problems))
        raise PermanentError(f"This is no config of {backend.info.spec}: {said}", hint=hint)

"""Builders that are proposed from the source as it is filled in, on the page of a new service's settings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.models import Builder
from catalog.schemas.form_names import Posted
from catalog.schemas.form_reading import read_form
from deployments.actions.errors import RefusedError
from deployments.actions.services.drafts import Draft
from deployments.actions.services.judging import find_backends, judge_side
from deployments.actions.services.offers import offer
from deployments.actions.services.suggesting import suggest_builders
from deployments.admin.services.filling import Side, sides_of, write_sides
from deployments.builds import Suggestion
from deployments.models import BackendKind
from deployments.runner.preparing import with_defaults

# Confidence of a detection -> what it is called.
SURE = {5: "certainly", 4: "very likely", 3: "likely", 2: "perhaps", 1: "perhaps"}
NOTHING = "No builder that is offered here recognizes these files. Choose one yourself."
INCOMPLETE = "Fill in the source first: {problem}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A builder that fits, how surely, and why; `is_chosen` if it is the one that is chosen now."""

    builder: Builder
    sure: str
    reason: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Proposals:
    """`message` says why there are none."""

    found: Sequence[Proposal] = ()
    message: str = ""


def suggestions_for(draft: Draft, sides: Sequence[Side], posted: Posted, builders: Sequence[Builder]) -> Proposals:
    """Among the builders that are offered, one for each backend."""
    try:
        found = _look(draft, sides, posted)
    except RefusedError as error:
        return Proposals(message=str(error))
    proposals = [
        Proposal(each.builder, SURE[each.detection.confidence], each.detection.reason, each.builder == draft.builder)
        for each in offer(found, builders)
    ]
    return Proposals(proposals, "" if proposals else NOTHING)


def use_suggestion(draft: Draft, posted: Posted, builders: Sequence[Builder]) -> tuple[Draft, Posted]:
    """With the builder that the button names, and the settings that it proposes instead of those of another."""
    chosen = next((builder for builder in builders if builder.slug == posted["use"][-1]), draft.builder)
    try:
        found = _look(draft, sides_of(draft), posted)
    except RefusedError:
        found = []
    config = next((each.detection.config for each in offer(found, [chosen])), {})
    changed = replace(draft, builder=chosen, build_config=config)
    kept = {name: values for name, values in posted.items() if not name.startswith(f"{BackendKind.BUILD}/")}
    return changed, {**kept, **_written(changed)}


def _written(draft: Draft) -> Posted:
    from_build = [side for side in sides_of(draft) if side.kind == BackendKind.BUILD]
    return write_sides(draft, from_build)


def _look(draft: Draft, sides: Sequence[Side], posted: Posted) -> list[Suggestion]:
    """Raises RefusedError, also for a source that is not filled in yet."""
    side = next(each for each in sides if each.kind == BackendKind.SOURCE)
    config = read_form(side.form, posted, prefix=side.prefix).config
    backend = find_backends(draft)[0].get(BackendKind.SOURCE)
    if backend is None:
        raise RefusedError(side.missing)
    problems = judge_side(replace(draft, source_config=config), BackendKind.SOURCE, backend).errors
    if problems:
        raise RefusedError(INCOMPLETE.format(problem=problems[0].message))
    return suggest_builders(draft.backends[BackendKind.SOURCE], with_defaults(draft.provider, config))

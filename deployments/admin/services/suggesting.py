"""Builders that are proposed from the source as it is filled in, on the page of a service's settings.

Files that are on this machine are looked at at once; any other source by a deployer, and the page waits for that. The
page keeps which look it was (`look`), so that whoever chooses a builder gets the settings that were found for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from catalog.admin.pages import keep_refusal, person_of
from catalog.models import Builder
from catalog.schemas.form_moving import member_of
from catalog.schemas.form_names import Posted, named_members
from catalog.schemas.form_reading import read_form
from catalog.schemas.form_writing import write_form
from deployments.actions.errors import HasOneError, InvalidDocumentError, RefusedError, RefusedFieldError
from deployments.actions.services.drafts import Draft, source_of
from deployments.actions.services.judging import find_backends, judge_side
from deployments.actions.services.looks import find_look, request_look
from deployments.actions.services.offers import Offer as Fitting
from deployments.actions.services.offers import offer, offers_of
from deployments.actions.services.suggesting import can_suggest, suggest_builders
from deployments.actions.services.teams import DEPLOY
from deployments.admin.services.choosing import Offer, find_builder, fitting_builders, offer_builders
from deployments.admin.services.filling import read_routing, routing_of, sides_of
from deployments.models import UNDER_WAY, BackendKind, Look, Service
from deployments.runner.preparing import with_defaults
from deployments.runner.secrets import KeyringError

# Confidence of a detection -> what it is called.
SURE = {5: "Certainly", 4: "Very likely", 3: "Likely", 2: "Perhaps", 1: "Perhaps"}
NOTHING = "No builder that is offered here recognizes these files."
INCOMPLETE = "Fill in the source first: {problem}"
# What `look` holds for files that are on this machine.
HERE = "here"


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is said of the source: those that fit, the surest first, or a `message` that says why there are none.

    `look` is what the page keeps to know it by; while it `is_pending`, the page asks again.
    """

    found: Sequence[Fitting] = ()
    message: str = ""
    hint: str = ""
    look: str = ""
    is_pending: bool = False

    @property
    def best(self) -> Builder | None:
        return self.found[0].builder if self.found else None

    @property
    def headline(self) -> str:
        """In one sentence, as it is also read out."""
        if not self.found:
            return self.message
        best = self.found[0]
        others = f" {len(self.found) - 1} more fit." if len(self.found) > 1 else ""
        return f"{SURE[best.detection.confidence]} {best.builder.display_name}: {best.detection.reason}{others}"


@dataclass(frozen=True, slots=True)
class BuilderChoice:
    """The builders to choose from, of which one is `chosen`; those that fit come first and say why."""

    offers: Sequence[Offer]
    chosen: str
    is_open: bool


def may_suggest(request: HttpRequest, draft: Draft) -> bool:
    """A deployer fetches for those who may deploy; files that are here are looked at for everybody."""
    return can_suggest(draft.backends[BackendKind.SOURCE]) or request.user.has_perm(DEPLOY)


def suggestions_for(request: HttpRequest, draft: Draft, posted: Posted, service: Service | None) -> Proposals | None:
    """As the page asks: anew, or for what it has asked before; None if it asks for nothing."""
    asked, look = _last(posted, "suggest"), _last(posted, "look")
    if not asked:
        return _known(request, draft, posted, look) if look else None
    if asked not in ("on", look):
        return None
    return _known(request, draft, posted, look) if asked == look else _ask(request, draft, posted, service)


def choose_builder(offers: Sequence[Offer], suggestion: Proposals | None, *, now: str, is_new: bool) -> BuilderChoice:
    """What was just found is chosen for the person, unless the builder that is chosen `now` fits as well."""
    if suggestion is None or not suggestion.found:
        return BuilderChoice(offers, now, is_open=bool(suggestion and suggestion.message))
    why = {each.builder.slug: _why(each) for each in suggestion.found}
    first = [replace(each, why=why[slug]) for slug in why for each in offers if each.value == slug]
    rest = [each for each in offers if each.value not in why]
    surest = suggestion.found[0].detection.confidence
    as_sure = [each.builder.slug for each in suggestion.found if each.detection.confidence == surest]
    return BuilderChoice([*first, *rest], now if now in as_sure or not is_new else as_sure[0], is_open=is_new)


def with_detected(request: HttpRequest, draft: Draft, posted: Posted) -> tuple[Posted, list[str]]:
    """The inputs of a builder that was just chosen with what was found for it, where nothing is typed; their labels."""
    look = _last(posted, "look")
    known = _known(request, draft, posted, look) if look else None
    config = next((each.detection.config for each in known.found if each.builder == draft.builder), {}) if known else {}
    side = next(side for side in sides_of(draft) if side.kind == BackendKind.BUILD)
    typed = {member_of(name) for name, values in posted.items() if name.startswith(f"{side.prefix}/") and any(values)}
    written = write_form(side.form, config, prefix=side.prefix)
    added = {name: values for name, values in written.items() if "/" in name and member_of(name) not in typed}
    members = {member_of(name) for name in added}
    labels = [member.label for member, name in named_members(side.form, side.prefix) if name in members]
    return {**{name: values for name, values in posted.items() if name != "look"}, **added}, labels


def suggestion_page(request: HttpRequest, look: UUID) -> HttpResponse:
    """A part of the page of settings: how a look stands, and builders to choose from. GET: `builder`, the one now."""
    found = find_look(look, by=person_of(request))
    builder = find_builder(request.GET.get("builder", "").replace("\0", ""))
    if found is None or builder is None:
        raise Http404
    builders = fitting_builders(found.provider, None)
    offers = offer_builders(builders if builder in builders else [builder, *builders])
    suggestion = _of_look(found, builders)
    return TemplateResponse(
        request,
        "admin/deployments/service_builder.html",
        {
            "suggestion": suggestion,
            "choice": choose_builder(offers, suggestion, now=builder.slug, is_new=True),
            "may_suggest": True,
            "builder": builder.slug,
        },
    )


def _ask(request: HttpRequest, draft: Draft, posted: Posted, service: Service | None) -> Proposals:
    if can_suggest(draft.backends[BackendKind.SOURCE]):
        return _look_here(draft, posted)
    try:
        wanted, secrets = _read_source(draft, posted)
        look = request_look(wanted, by=person_of(request), service=service, secrets=secrets)
    except InvalidDocumentError as error:
        return Proposals(message=INCOMPLETE.format(problem=error.problems[0].message))
    except (RefusedFieldError, HasOneError) as error:
        return Proposals(message=str(error))
    except RefusedError as error:
        return Proposals(message=keep_refusal(request, error))
    except KeyringError as error:
        return Proposals(message=str(error))
    return _of_look(look, fitting_builders(draft.provider, None))


def _known(request: HttpRequest, draft: Draft, posted: Posted, look: str) -> Proposals | None:
    if look == HERE:
        return _look_here(draft, posted)
    found = _find(look, person_of(request))
    return _of_look(found, fitting_builders(draft.provider, None)) if found else None


def _find(look: str, person: User) -> Look | None:
    try:
        return find_look(UUID(look), by=person)
    except ValueError:
        return None


def _of_look(look: Look, builders: Sequence[Builder]) -> Proposals:
    pk = str(look.pk)
    if look.state in UNDER_WAY:
        return Proposals(look=pk, is_pending=True)
    if look.error_kind:
        return Proposals(message=look.error_message, hint=look.error_hint, look=pk)
    found = offers_of(look, builders)
    return Proposals(found, "" if found else NOTHING, look=pk)


def _look_here(draft: Draft, posted: Posted) -> Proposals:
    """At files that are in the settings, or uploaded."""
    spec = draft.backends[BackendKind.SOURCE]
    try:
        wanted, _ = _read_source(draft, posted)
        backend = find_backends(source_of(draft))[0][BackendKind.SOURCE]
        problems = judge_side(wanted, BackendKind.SOURCE, backend).errors
        if problems:
            raise RefusedFieldError(INCOMPLETE.format(problem=problems[0].message), field="")
        found = suggest_builders(spec, with_defaults(draft.provider, wanted.source_config))
    except RefusedError as error:
        return Proposals(message=str(error))
    fitting = offer(found, fitting_builders(draft.provider, None))
    return Proposals(fitting, "" if fitting else NOTHING, look=HERE)


def _read_source(draft: Draft, posted: Posted) -> tuple[Draft, Mapping[str, str]]:
    """The draft with the source as it is typed, and its secrets. Raises RefusedFieldError for what nobody can read."""
    side = next(each for each in sides_of(draft) if each.kind == BackendKind.SOURCE)
    if side.missing:
        raise RefusedFieldError(side.missing, field=side.prefix)
    reading = read_form(side.form, posted, prefix=side.prefix)
    for name, messages in reading.errors.items():
        raise RefusedFieldError(INCOMPLETE.format(problem=messages[0]), field=name)
    wanted = replace(draft, source_config=reading.config, routing=routing_of(read_routing([side], posted)))
    return wanted, reading.secrets


def _why(fitting: Fitting) -> str:
    return f"{SURE[fitting.detection.confidence]}: {fitting.detection.reason}"


def _last(posted: Posted, name: str) -> str:
    values = posted.get(name, ())
    return values[-1] if values else ""

"""The pages of API tokens: everybody has their own, whoever reads the audit log sees all of them.

The text of a new token is in the one answer that makes it: in no address, no message, no session.
"""

from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from catalog.actions.errors import RefusedError, RefusedFieldError
from catalog.actions.token_usage import usage_of
from catalog.actions.tokens import (
    ENDS_SOON,
    MAX_LIFE,
    MAX_NAME,
    TokenState,
    make_token,
    may_have_tokens,
    may_see_all_tokens,
    refuse_life,
    revoke_token,
    scopes_for,
    state_of,
    types_for,
)
from catalog.admin.direction import isolated
from catalog.admin.pages import person_of, render_page, whole_number
from catalog.models import Token
from catalog.models.choices import ProviderType

PER_PAGE = 50
USAGE_DAYS = 30
DEFAULT_DAYS = 90
WORDS = {
    "entries:read": "Read entries, with their drafts and history",
    "entries:write": "Make and change entries",
    "entries:approve": "Approve and reject",
    "snapshots:publish": "Publish and roll back",
    "schemas:write": "Change config schemas and backends",
    "services:read": "Read services",
    "services:write": "Make and change services",
    "deployments:read": "Read deployments",
    "deployments:trigger": "Start deployments",
}
STATES = {
    TokenState.ACTIVE: ("in use", "good"),
    TokenState.ENDS_SOON: ("ends soon", "warn"),
    TokenState.EXPIRED: ("expired", "note"),
    TokenState.REVOKED: ("revoked", "bad"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent to make a token; `errors` by field, "" for what belongs to none."""

    name: str = ""
    scopes: tuple[str, ...] = ("entries:read",)
    provider_types: tuple[str, ...] = ()
    days: str = str(DEFAULT_DAYS)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A token, and how it fares in words."""

    token: Token
    state: str
    badge: str

    @property
    def scopes(self) -> list[str]:
        return [WORDS.get(scope, scope) for scope in self.token.scopes]

    @property
    def types(self) -> list[str]:
        labels = dict(ProviderType.choices)
        return [str(labels.get(each, each)) for each in self.token.provider_types]


def tokens_page(request: HttpRequest) -> HttpResponse:
    """GET lists (`whose=all`, `page`); POST makes one (`name`, `scopes`, `provider_types`, `days`) and shows it."""
    person = person_of(request)
    if not may_have_tokens(person):
        raise PermissionDenied
    asked, made, text = Asked(), None, ""
    if request.method == "POST":
        asked = _read(request)
        made, text, asked = _make(request, asked)
    sees_all = may_see_all_tokens(person)
    shows_all = sees_all and request.GET.get("whose") == "all"
    tokens = Token.objects.select_related("owner")
    tokens = tokens if shows_all else tokens.filter(owner_id=person.pk)
    page = Paginator(tokens, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    return render_page(
        request,
        "tokens.html",
        title="API tokens",
        page=page,
        rows=[show_row(token) for token in page],
        soon=tokens.filter(revoked_at=None, expires_at__gt=now, expires_at__lt=now + ENDS_SOON).order_by("expires_at"),
        sees_all=sees_all,
        shows_all=shows_all,
        scopes=[(scope, WORDS[scope], scope in asked.scopes) for scope in scopes_for(person)],
        types=[(each, ProviderType(each).label, each in asked.provider_types) for each in types_for(person)],
        asked=asked,
        made=made,
        text=text,
        max_days=MAX_LIFE.days,
        max_name=MAX_NAME,
    )


def token_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """GET shows a token and what it has read; POST revokes it."""
    person = person_of(request)
    if not may_have_tokens(person):
        raise PermissionDenied
    token = Token.objects.select_related("owner").filter(public_id=public_id).first()
    if token is None:
        raise Http404
    if token.owner_id != person.pk and not may_see_all_tokens(person):
        raise PermissionDenied
    if request.method == "POST":
        try:
            revoke_token(token, by=person)
            messages.success(request, f"“{isolated(token.name)}” is revoked: from now on it opens nothing.")
        except RefusedError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("pages:token", args=(public_id,)))
    return render_page(
        request,
        "token.html",
        title=f"Token “{isolated(token.name)}”",
        row=show_row(token),
        usage=usage_of(token, days=USAGE_DAYS),
        usage_days=USAGE_DAYS,
    )


def show_row(token: Token) -> Row:
    words, badge = STATES[state_of(token)]
    if not token.owner.is_active and badge in ("good", "warn"):
        words, badge = "its owner is inactive", "bad"
    return Row(token, words, badge)


def _read(request: HttpRequest) -> Asked:
    return Asked(
        name=request.POST.get("name", ""),
        scopes=tuple(request.POST.getlist("scopes")),
        provider_types=tuple(request.POST.getlist("provider_types")),
        days=request.POST.get("days", "")[:10],
    )


def _make(request: HttpRequest, asked: Asked) -> tuple[Token | None, str, Asked]:
    """The token and its text, and a form that is empty again; or none, and what is wrong with it."""
    person = person_of(request)
    days = whole_number(asked.days.strip()) or 0
    try:
        token, text = make_token(
            by=person,
            owner=person,
            name=asked.name,
            scopes=asked.scopes,
            provider_types=asked.provider_types,
            days=days,
        )
    except RefusedFieldError as error:
        asked.errors.update(_wrong_life(days) | {error.field: str(error)})
    except RefusedError as error:
        asked.errors["page"] = str(error)
    else:
        return token, text, Asked()
    return None, "", asked


def _wrong_life(days: int) -> dict[str, str]:
    """The action tells the first mistake only; this one may stand beside it."""
    try:
        refuse_life(days)
    except RefusedFieldError as error:
        return {error.field: str(error)}
    return {}

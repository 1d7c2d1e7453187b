"""`GET /manifest`: every name that is live, the same bytes as the published manifest.json."""

from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.api.read.answers import Freshness, ReadView, answer_with, etag_of, not_modified
from catalog.api.read.counting import count_read
from catalog.api.read.lookup import read_aliases
from catalog.api.read.parameters import refuse_parameters
from catalog.api.read.snapshot_shapes import MANIFEST_SHAPE
from catalog.api.read.whole import Whole, live_whole
from catalog.models import LiveEntry
from catalog.publishing.tree import render_manifest

TRIES = 3


class ManifestView(ReadView):
    """Rendered once for each publish and process."""

    @extend_schema(**MANIFEST_SHAPE)
    def get(self, request: Request) -> HttpResponse:
        refuse_parameters(request)
        for _ in range(TRIES):
            whole = live_whole()
            if whole.published_at is None:
                raise NotFound("Nothing has been published yet.")
            freshness = Freshness(etag_of(whole.sha256, settings.REGISTRY_PUBLIC_URL), whole.published_at)
            answer = not_modified(request, freshness) or answer_with(
                request, render_live(whole, settings.REGISTRY_PUBLIC_URL), freshness=freshness
            )
            if answer.status_code == 304 or live_whole() == whole:
                break
        count_read(request, "manifest")
        return answer


@lru_cache(maxsize=2)
def render_live(whole: Whole, public_url: str) -> bytes:
    """The manifest of what is live, if that is `whole` before and after."""
    aliases = {old_key: key for old_key, keys in read_aliases(whole.sha256).by_key.items() for key in keys}
    file = render_manifest(
        LiveEntry.objects.values_list("key", "group"),
        serial=whole.serial or 0,
        published_at=whole.published_at or datetime.min.replace(tzinfo=UTC),
        aliases=aliases,
        public_url=public_url,
    )
    return file.content

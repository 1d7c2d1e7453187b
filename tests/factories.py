"""Builds states through the product's own actions; nothing here writes a row by itself."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from catalog.actions.approvals import approve
from catalog.actions.entries import save_entry
from catalog.actions.revisions import Change
from catalog.actions.snapshots import request_snapshot
from catalog.documents.mapping import key_of
from catalog.models import Provider, Snapshot, find_entry
from catalog.models.history import RevisionSource
from catalog.publishing.outlet import Outlet
from catalog.publishing.publish import run_publish
from catalog.publishing.signing import new_key
from catalog.publishing.stores.base import Store
from catalog.publishing.stores.configured import open_store

KEY = new_key()

# The example of the source document, but for `last_updated`.
SANITY: dict[str, Any] = {
    "provider_name": "sanity",
    "provider_type": "cms",
    "display_name": "Sanity CMS",
    "tier_name": "Sanity CMS - Structured Content with Real-Time APIs",
    "category": "cms_tier_service",
    "monthly_cost_range": [65, 280],
    "setup_cost_range": [1440, 3360],
    "target_market": [
        "professional_content_teams",
        "api_first_developers",
        "structured_content_needs",
        "enterprise_ready",
    ],
    "best_for": "Professional structured content management with real-time APIs and advanced querying",
    "complexity_level": "medium_to_high",
    "cms_type": "api_based",
    "ssg_engine_options": ["nextjs", "astro", "gatsby", "eleventy"],
    "template_variants": ["structured_content", "api_driven", "professional_editorial"],
    "key_features": [
        "structured_content",
        "groq_querying",
        "real_time_apis",
        "content_validation",
        "advanced_media",
        "webhook_automation",
    ],
    "hosting_pattern": "aws_optimized",
    "performance_tier": "premium",
    "schema_version": "1.0.0",
}


def provider_document(slug: str = "decap", **members: Any) -> dict[str, Any]:
    """A small valid provider document; members given as None are left out."""
    document = {
        "provider_name": slug,
        "provider_type": "cms",
        "display_name": slug.title(),
        "category": "cms_tier_service",
        "cms_type": "git_based",
        "schema_version": "1.0.0",
        **members,
    }
    return {name: value for name, value in document.items() if value is not None}


def builder_document(slug: str = "hugo", **members: Any) -> dict[str, Any]:
    return {
        "builder_name": slug,
        "display_name": slug.title(),
        "category": "static_site",
        "backend": f"{slug}@1",
        "schema_version": "1.0.0",
        **members,
    }


def stack_document(slug: str = "marketing", **members: Any) -> dict[str, Any]:
    return {
        "stack_name": slug,
        "category": "foundation",
        "display_name": slug.title(),
        "schema_version": "1.0.0",
        **members,
    }


def change_by(person: User | None, note: str = "Because") -> Change:
    source = RevisionSource.API if person else RevisionSource.STARTER
    return Change(by=person, note=note, source=source)


def save(kind: str, document: dict[str, Any], person: User | None = None, *, approved: bool = True) -> str:
    """Save a document and approve it; its key. Without a person it counts as starter content."""
    save_entry(kind, document, change_by(person))
    key = key_of(kind, document)
    if approved:
        entry = find_entry(key)
        assert entry is not None
        assert entry.latest_revision is not None
        approve(entry, number=entry.latest_revision.number, by=person)
    return key


def publish(store: Store | None = None, by: User | None = None, note: str = "") -> Snapshot:
    """Publish what is approved, however much it is, here and now; the Snapshot as it ended."""
    snapshot = request_snapshot(by=by, note=note, confirm_mass_change=True, in_background=False)
    run_publish(snapshot.pk, outlet=outlet(store))
    snapshot.refresh_from_db()
    return snapshot


def outlet(store: Store | None = None) -> Outlet:
    """An outlet of the tests: the given store or the configured one, one key for all, no CDN."""
    return Outlet(store or open_store(), settings.REGISTRY_PUBLIC_URL, [KEY])


def sanity() -> Provider:
    return Provider.objects.get(key="providers/cms/sanity")

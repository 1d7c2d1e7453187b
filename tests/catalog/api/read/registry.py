"""The registry that the tests of reading read, a step at a time."""

from typing import Any

from django.test import Client

from tests.factories import SANITY, builder_document, provider_document, publish, save, stack_document

API = "/api/v1"
SHOPIFY = provider_document(
    "shopify-basic",
    provider_type="ecommerce",
    category="ecommerce_tier_service",
    cms_type=None,
    ecommerce_type="hosted_platform",
    monthly_cost_range=[29, 29],
    aliases=["providers/ecommerce/shopify_basic"],
)
OLD_DECAP = "providers/ecommerce/old-decap"
TINA = provider_document("tina", monthly_cost_range=[0, 49])
REMOVED = {
    "state": "removed",
    "since": "2030-01-01",
    "reason": "Nobody runs it any more",
    "replacement": "providers/cms/sanity",
}


def publish_first() -> None:
    save("provider", SANITY)
    save("provider", provider_document("decap", display_name="decap CMS"))
    save("provider", TINA)
    save("provider", SHOPIFY)
    save("provider", {**SHOPIFY, "provider_name": "decap", "display_name": "Decap Shop", "aliases": [OLD_DECAP]})
    save("builder", builder_document("hugo", aliases=["builders/hugo_extended"]))
    save("builder", builder_document("dockerfile", category="container", backend="dockerfile@1"))
    save(
        "stack", stack_document("marketing", aliases=["stacks/foundation/modern_marketing"], monthly_cost_range=[5, 9])
    )
    publish()


def publish_second() -> None:
    save("provider", {**SANITY, "monthly_cost_range": [70, 280]})
    save("provider", {**TINA, "lifecycle": REMOVED})
    save(
        "provider",
        provider_document(
            "astro", provider_type="ssg", category="ssg_engine", cms_type=None, implementation_language="javascript"
        ),
    )
    publish()


def save_more() -> None:
    """A draft of Sanity, one provider that is approved only, one that is a draft only."""
    save("provider", {**SANITY, "display_name": "Sanity, renamed"}, approved=False)
    save("provider", provider_document("ghost"))
    save("provider", provider_document("strapi"), approved=False)


def get(path: str, client: Client | None = None, **headers: str) -> Any:
    """What `GET /api/v1<path>` answers; header names with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (client or Client()).get(f"{API}{path}", headers=named)


def walk(path: str, client: Client | None = None) -> list[dict[str, Any]]:
    """All items of a list, page by page along `Link`."""
    items: list[dict[str, Any]] = []
    answer = get(path, client)
    while True:
        assert answer.status_code == 200, answer.content
        items += answer.json()
        link = answer.headers.get("Link")
        if link is None:
            return items
        assert link.endswith('>; rel="next"')
        answer = get(link[1:].partition(">")[0].removeprefix(f"http://testserver{API}"), client)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]

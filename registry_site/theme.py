"""How the admin looks: django-unfold's settings, none of them from the environment."""

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Provider Metadata Registry",
    "SITE_HEADER": "Provider Metadata Registry",
    "SITE_SUBHEADER": "Catalogue and publishing",
    "SITE_SYMBOL": "inventory_2",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("catalog/favicon.svg")}],
    "DASHBOARD_CALLBACK": "catalog.admin.home.home.add_status",
    "SHOW_HISTORY": False,
    "SIDEBAR": {"show_search": False, "navigation": "catalog.admin.navigation.navigation"},
    "STYLES": [lambda _: static("catalog/admin.css")],
    "SCRIPTS": [lambda _: static("catalog/admin.js")],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 240)",
            "100": "oklch(94% .03 240)",
            "200": "oklch(89% .06 240)",
            "300": "oklch(82% .09 240)",
            "400": "oklch(72% .13 242)",
            "500": "oklch(60% .15 245)",
            "600": "oklch(50% .15 248)",
            "700": "oklch(44% .14 250)",
            "800": "oklch(38% .12 252)",
            "900": "oklch(33% .1 254)",
            "950": "oklch(25% .08 256)",
        },
    },
}

"""Content types that no machine changes, and which names are taken for those of files that never change."""

import pytest

from deployments.targets.web_headers import IMMUTABLE, SHORT, cache_control_of, content_type_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/app.js", "text/javascript; charset=utf-8"),
        ("font.woff2", "font/woff2"),
        ("feed.xml", "application/xml"),
        ("logo.svg", "image/svg+xml"),
        ("site.webmanifest", "application/manifest+json"),
        ("site.tar.gz", "application/gzip"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_content_type_is_known(name: str, kind: str) -> None:
    assert content_type_of(name) == kind


@pytest.mark.parametrize(
    ("name", "lasts"),
    [
        ("app.0a1b2c3d.js", IMMUTABLE),
        ("css/main-5f2c9a7e8b.css", IMMUTABLE),
        ("_astro/index.BxK3_9aZ.css", IMMUTABLE),
        ("docs/_next/static/chunks/main.js", IMMUTABLE),
        ("report-20241124.pdf", SHORT),
        ("my-facade.png", SHORT),
        ("page.0a1b2c3d.html", SHORT),
        ("app.js", SHORT),
        ("index.html", SHORT),
    ],
)
def test_only_names_with_a_hash_last_for_ever(name: str, lasts: str) -> None:
    assert cache_control_of(name) == lasts

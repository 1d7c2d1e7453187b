"""What apps above the catalogue add to menu and home page."""

import pytest
from django.http import HttpRequest

from catalog.admin import navigation
from catalog.admin.home import parts
from catalog.admin.home.parts import Part, register_part
from catalog.admin.navigation import register_group
from tests.catalog.admin.pages import Browsers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_more", [])
    monkeypatch.setattr(parts, "_parts", [])


def test_group_stands_in_the_menu_once(browsers: Browsers) -> None:
    def find(request: HttpRequest) -> navigation.Group:
        return "Ships", [{"title": "Harbours", "icon": "anchor", "link": "/admin/harbours/"}, None]

    register_group(find)
    register_group(find)

    page = browsers["editor"].get("/admin/").content.decode()
    assert page.count('href="/admin/harbours/"') == 1


def test_part_is_shown_only_if_it_has_something_to_say(browsers: Browsers) -> None:
    words: list[str] = []
    register_part(Part("admin/catalog/refused.html", lambda request: {"words": words} if words else None))

    def templates() -> list[str | None]:
        return [template.name for template in browsers["editor"].get("/admin/").templates]

    assert "admin/catalog/refused.html" not in templates()
    words.append("Harbours")
    assert "admin/catalog/refused.html" in templates()

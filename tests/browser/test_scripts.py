"""What only scripts of the pages do: a token is copied, and words in a chart follow the theme."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR, PUBLISHER

TICKS = "() => Object.values(Object.values(window.Chart.instances)[0].options.scales).map((scale) => scale.ticks.color)"
MUTED = "() => getComputedStyle(document.documentElement).getPropertyValue('--rg-muted').trim()"


def test_new_token_is_copied_by_its_button(sign_in: SignIn) -> None:
    administrator = sign_in(ADMINISTRATOR)
    administrator.context.grant_permissions(["clipboard-read", "clipboard-write"])
    administrator.page.goto("/admin/tokens/")
    administrator.fill("What it is for", "Nightly copies")
    administrator.page.get_by_role("checkbox", name="entries:read").check()
    administrator.press("Make the token")

    administrator.press("Copy")

    expect(administrator.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = administrator.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("reg_")
    expect(administrator.page.get_by_text(copied, exact=True)).to_be_visible()


def test_words_of_the_chart_follow_the_theme(sign_in: SignIn) -> None:
    page = sign_in(PUBLISHER).page
    page.goto("/admin/")
    colours = set()
    for theme in ("dark", "light"):
        page.evaluate(f"document.documentElement.classList.toggle('dark', {str(theme == 'dark').lower()})")
        page.wait_for_function(f"({TICKS})().every((color) => color === ({MUTED})())")
        colours |= set(page.evaluate(TICKS))

    assert len(colours) == 2

"""The inputs that scripts make quicker: chips by keyboard alone, suggestions."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import EDITOR


def test_tags_are_added_moved_and_removed_by_keyboard(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.open_entry("provider", "Contentful")
    page, sent = editor.page, editor.page.locator("#id_ssg_engine_options")
    expect(sent).to_have_value("nextjs, gatsby, astro, nuxt, eleventy")

    page.locator("#id_ssg_engine_options_new").focus()
    page.keyboard.type("Word Press,hugo")
    page.keyboard.press("Enter")
    expect(sent).to_have_value("nextjs, gatsby, astro, nuxt, eleventy, word_press, hugo")
    page.keyboard.press("Backspace")
    page.keyboard.press("Alt+ArrowLeft")
    expect(sent).to_have_value("nextjs, gatsby, astro, nuxt, eleventy, hugo, word_press")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Delete")
    expect(sent).to_have_value("nextjs, gatsby, astro, nuxt, hugo, word_press")
    expect(page.get_by_text("eleventy removed")).to_be_attached()

    page.locator("#id_change_note").fill("Other engines")
    page.keyboard.press("Enter")
    editor.says("is saved as revision 2. It waits for approval.")


def test_providers_of_a_stack_are_suggested_by_name(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.page.goto("/admin/catalog/stack/add/")
    editor.page.locator("#id_display_name").press_sequentially("Körbe & Co.")
    expect(editor.page.locator("#id_slug")).to_have_value("korbe-co")

    editor.page.locator("#id_providers_new").press_sequentially("foxy")
    options = editor.page.locator("#id_providers_suggestions option")
    expect(options).to_have_count(1)
    expect(options).to_have_attribute("label", "Foxy")
    editor.page.locator("#id_providers_new").fill("providers/ecommerce/foxy")
    editor.page.keyboard.press("Enter")

    expect(editor.page.get_by_role("button", name="Foxy, number 1 of 1")).to_be_visible()
    expect(editor.page.locator("#id_providers")).to_have_value("providers/ecommerce/foxy")


def test_new_provider_is_asked_for_its_own_type_only(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.page.goto("/admin/catalog/provider/add/")
    expect(editor.page.locator("#id_cms_type")).to_be_visible()
    expect(editor.page.locator("#id_source_type")).to_be_hidden()

    editor.page.locator("#id_provider_type").select_option("source")

    expect(editor.page.locator("#id_cms_type")).to_be_hidden()
    expect(editor.page.locator("#id_source_type")).to_be_visible()

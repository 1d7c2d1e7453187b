"""The inputs that scripts make quicker: chips by keyboard alone, suggestions."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import EDITOR, Person

CHOOSE = """(input, value) => {
    input.value = value;
    input.dispatchEvent(new InputEvent('input', {inputType: 'insertReplacementText', bubbles: true}));
}"""


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


def test_words_that_others_have_used_are_suggested(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.page.goto("/admin/catalog/provider/add/")
    offered = editor.page.locator("#id_key_features_suggestions option")

    editor.page.get_by_label("Add to Key features").press_sequentially("groq")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("value", "groq_querying")
    # As a browser does it when somebody chooses from its list.
    editor.page.get_by_label("Add to Key features").evaluate(CHOOSE, "groq_querying")
    expect(editor.page.locator("#id_key_features")).to_have_value("groq_querying")
    expect(editor.page.get_by_role("button", name="groq querying, number 1 of 1")).to_be_visible()

    editor.page.locator("#id_category").press_sequentially("cms_")
    expect(editor.page.locator("#id_category_list option")).to_have_count(1)
    expect(editor.page.locator("#id_category_list option")).to_have_attribute("value", "cms_tier_service")


def test_columns_are_moved_by_buttons(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.page.goto("/admin/catalog/builder/columns/")
    rows = editor.page.locator("[data-columns]").get_by_role("listitem")
    expect(rows).to_contain_text(["Display name", "Category", "Site engines", "Last change", "State"])
    expect(editor.page.get_by_role("button", name="Move Display name up")).to_be_disabled()
    up = editor.page.get_by_role("button", name="Move State up")
    for _ in range(4):
        up.click()
    expect(up).to_be_disabled()
    expect(editor.page.get_by_role("button", name="Move State down")).to_be_focused()
    editor.page.get_by_role("button", name="Move Category down").click()
    expect(editor.page.get_by_label("Place of Display name")).to_be_hidden()
    editor.press("Save")

    editor.says("The list shows the columns that you chose.")
    assert headers(editor) == ["State", "Display name", "Site engines", "Category", "Last change"]
    editor.page.goto("/admin/catalog/builder/columns/")
    editor.press("Back to default")
    editor.says("The list shows its usual columns again.")
    assert headers(editor) == ["Display name", "Category", "Site engines", "Last change", "State"]


def headers(person: Person) -> list[str]:
    """Without the box that ticks all rows, and without the signs of the order."""
    texts = person.page.get_by_role("columnheader").all_inner_texts()
    return [text.strip().partition("\n")[0] for text in texts if text.strip()]


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

"""The editor of config schemas: a preview while it is typed, and what is wrong with what was typed."""

import json
import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR, EDITOR, Person

ATTACK = "<script>document.title = 'taken'</script>"
BROKEN = '{"properties": {\n"a": }'


def test_schema_is_previewed_while_it_is_typed(sign_in: SignIn) -> None:
    administrator = sign_in(ADMINISTRATOR)
    editor, preview = open_schema(administrator, "Hugo")
    expect(preview).to_contain_text("Source folder")

    editor.fill(BROKEN)
    expect(preview).to_contain_text("Line 2, column 6: a value is missing.")
    expect(administrator.page.get_by_text("The schema is not right yet.")).to_be_visible()

    editor.fill(json.dumps(schema_with(ATTACK)))
    expect(preview.get_by_label(ATTACK)).to_be_visible()
    expect(preview).to_contain_text(f"Help: {ATTACK}")
    expect(preview).not_to_contain_text("Source folder")
    expect(administrator.page.get_by_text("The preview is up to date.")).to_be_visible()
    assert administrator.page.locator("main script, form script").filter(has_text="taken").count() == 0


def test_broken_schema_is_not_saved_and_not_lost(sign_in: SignIn) -> None:
    administrator = sign_in(ADMINISTRATOR)
    editor, preview = open_schema(administrator, "Gatsby")

    editor.fill(BROKEN)
    administrator.save("Other settings")
    administrator.says("Nothing is saved yet.")
    expect(editor).to_have_value(BROKEN)
    expect(editor).to_have_accessible_description(re.compile("Line 2, column 6: a value is missing."))
    expect(administrator.page.get_by_label("Change note")).to_have_value("Other settings")

    editor.fill(json.dumps(schema_with(ATTACK)))
    administrator.press("Save as a draft")
    administrator.says("Gatsby is saved as revision 2. It waits for approval.")
    editor, preview = open_schema(administrator, "Gatsby")
    expect(preview.get_by_label(ATTACK)).to_be_visible()
    administrator.follow("Review")
    administrator.says(ATTACK)
    administrator.follow("What readers get")
    administrator.says(ATTACK)
    assert "taken" not in administrator.page.title()


def test_editor_without_the_right_reads_the_schema_only(sign_in: SignIn) -> None:
    editor, preview = open_schema(sign_in(EDITOR), "Hugo")

    expect(editor).not_to_be_editable()
    expect(preview).to_contain_text("Source folder")


def schema_with(text: str) -> dict[str, object]:
    return {"properties": {"a": {"type": "string", "title": text, "description": f"Help: {text}"}}}


def open_schema(person: Person, builder: str) -> tuple[Locator, Locator]:
    """The editor and the preview below it."""
    person.open_entry("builder", builder)
    preview = person.page.get_by_role("region", name="Preview of the form")
    return person.page.get_by_label("Settings of a service"), preview

"""Two people at one entry, and the end of an entry's life: nothing is lost, nothing that is used goes."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR, EDITOR, Person

TYPED = "Sites of content & <b>marketing</b>"


def test_second_of_two_editors_sees_both_versions_and_saves_on_top(sign_in: SignIn) -> None:
    first, second = sign_in(ADMINISTRATOR), sign_in(EDITOR)
    first.open_entry("provider", "Astro")
    second.open_entry("provider", "Astro")

    first.fill("Monthly cost: to", "105")
    first.fill("Best for", "Fast content sites")
    first.save("Prices of the makers")
    first.says("Astro is saved as revision 2.")
    second.fill("Setup cost: from", "1300")
    second.fill("Best for", TYPED)
    second.save("What customers told us")

    conflict = second.page.get_by_role("alert", name="Somebody else saved meanwhile")
    expect(conflict).to_contain_text("administrator saved this entry while you were editing")
    expect(conflict).to_contain_text("“Prices of the makers”")
    assert versions(conflict, "Best for") == ["Fast content and marketing sites with some interactive parts",
                                              "Fast content sites", TYPED]  # fmt: skip
    assert versions(conflict, "Monthly cost") == ["55 to 95", "55 to 105", "55 to 105"]
    assert versions(conflict, "Setup cost") == ["1,200 to 2,640", "1,200 to 2,640", "1,300 to 2,640"]
    expect(second.page.get_by_label("Best for")).to_have_value(TYPED)
    expect(second.page.get_by_label("Monthly cost: to")).to_have_value("105")
    expect(second.page.get_by_label("Setup cost: from")).to_have_value("1300")
    expect(second.page.get_by_label("Change note")).to_have_value("What customers told us")

    second.press("Save as a draft")
    expect(conflict).to_be_visible()
    second.page.get_by_label("I have seen revision 2 by administrator; save mine on top.").check()
    second.press("Save as a draft")
    second.says("Astro is saved as revision 3.")
    second.open_entry("provider", "Astro")
    expect(second.page.get_by_label("Best for")).to_have_value(TYPED)
    expect(second.page.get_by_label("Monthly cost: to")).to_have_value("105")


def versions(conflict: Locator, what: str) -> list[str]:
    """What a row says: when the second began, theirs, the second's own."""
    cells = conflict.get_by_role("row").filter(has=conflict.page.get_by_text(what, exact=True)).get_by_role("cell")
    return [" ".join(text.split()) for text in cells.all_inner_texts()[1:]]


def test_entry_in_use_is_deprecated_and_an_unused_one_removed_and_brought_back(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)

    open_lifecycle(editor, "Foxy")
    editor.field("Removed").check()
    editor.fill("Reason", "Its makers gave it up")
    editor.press("Save as a draft")
    expect(editor.page.get_by_role("alert")).to_contain_text("Foxy cannot be removed")
    expect(editor.field("Reason")).to_have_value("Its makers gave it up")
    expect(editor.page.get_by_role("region", name="What uses it")).to_contain_text("Foxy shop")

    editor.field("Deprecated").check()
    editor.fill("Use this instead (optional)", "Snipcart")
    editor.press("Save as a draft")
    editor.says("Foxy is deprecated as of revision 2, a draft")
    now = editor.page.get_by_role("region", name="Now", exact=True)
    expect(now).to_contain_text("“Its makers gave it up” Use instead: Snipcart")

    open_lifecycle(editor, "Files in the settings")
    editor.field("Removed").check()
    editor.press("Save as a draft")
    expect(editor.page.get_by_role("alert")).to_have_text("Say why, for the people who use it.")
    editor.fill("Reason", "Nobody keeps them there")
    editor.press("Save as a draft")
    editor.says("Files in the settings is removed as of revision 2, a draft")

    editor.choose("Removed")
    row = editor.page.get_by_role("row").filter(has_text="Files in the settings")
    expect(row).to_contain_text("Nobody keeps them there")
    row.get_by_label("Why Files in the settings comes back").fill("Somebody does")
    row.get_by_role("button", name="Bring back Files in the settings").click()
    editor.says("Files in the settings is back as revision 3, a draft")
    expect(editor.page.get_by_role("row").filter(has_text="Files in the settings")).to_have_count(0)
    editor.open_entry("provider", "Files in the settings")
    editor.says("Revision 3")


def open_lifecycle(person: Person, name: str) -> None:
    person.open_entry("provider", name)
    person.follow("Deprecate or remove")

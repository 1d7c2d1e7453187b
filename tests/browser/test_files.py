"""Files out and in, and many entries at once: what is going to happen is shown before anything is written."""

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.people import ADMINISTRATOR, EDITOR, PUBLISHER, Person


def test_exported_list_is_changed_in_one_cell_and_imported(sign_in: SignIn, tmp_path: Path) -> None:
    editor, publisher = sign_in(EDITOR), sign_in(PUBLISHER)
    file = export_shops(editor, tmp_path / "shops.csv")
    change_cell(file, name="Snipcart", column="setup_cost_max", value="3100")

    upload(editor, file)
    expect(editor.page.get_by_role("heading", name="1 entry would be written; nothing is yet")).to_be_visible()
    lines = editor.page.get_by_role("region", name="Lines of the file")
    expect(lines.get_by_role("row").filter(has_text="unchanged")).to_have_count(2)
    expect(lines.get_by_role("row", name="Setup cost")).to_contain_text("3,100")
    editor.press("Save 1 draft")
    expect(editor.page.get_by_role("alert")).to_have_text("Say in the change note why this changes.")
    editor.fill("Change note", "The fair of spring")
    editor.press("Save 1 draft")

    expect(editor.page.get_by_role("heading", name="Written on")).to_be_visible()
    publisher.page.goto("/admin/approvals/")
    waiting = publisher.page.get_by_role("article", name="Snipcart")
    expect(waiting).to_contain_text("“The fair of spring” by editor")
    expect(waiting.get_by_role("row", name="Setup cost")).to_contain_text("3,100")


def test_wrong_file_is_explained_cell_by_cell(sign_in: SignIn, tmp_path: Path) -> None:
    editor = sign_in(EDITOR)
    file = export_shops(editor, tmp_path / "shops.csv")
    change_cell(file, name="Shopify Basic", column="monthly_cost_min", value="about 80")
    change_cell(file, name="Snipcart", column="complexity_level", value="easy")

    upload(editor, file)

    editor.says("2 of 3 lines are wrong, so nothing can be written")
    problems = editor.page.get_by_role("region", name="Lines of the file").get_by_role("listitem")
    expect(problems.filter(has_text="monthly_cost_min")).to_contain_text("Write a whole number")
    expect(problems.filter(has_text="complexity_level")).to_contain_text("low_to_medium")
    expect(editor.page.get_by_role("button", name="Write")).to_have_count(0)

    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    upload(editor, picture)
    expect(editor.page.get_by_role("alert")).to_be_visible()
    expect(editor.page.get_by_label("CSV, Excel (XLSX) or JSON file")).to_have_attribute("aria-invalid", "true")


def test_import_that_somebody_has_overtaken_writes_nothing(sign_in: SignIn, tmp_path: Path) -> None:
    editor, other = sign_in(EDITOR), sign_in(ADMINISTRATOR)
    file = export_shops(editor, tmp_path / "shops.csv")
    change_cell(file, name="Shopify Basic", column="best_for", value="Large shops")
    change_cell(file, name="Snipcart", column="best_for", value="Large shops")
    upload(editor, file)
    expect(editor.page.get_by_role("heading", name="2 entries would be written; nothing is yet")).to_be_visible()

    other.open_entry("provider", "Shopify Basic")
    other.fill("Best for", "Small shops")
    other.save("Asked in the shop")
    other.says("Shopify Basic is saved as revision 2.")
    editor.fill("Change note", "The fair of autumn")
    editor.press("Save 2 drafts")

    expect(editor.page.get_by_role("alert")).to_contain_text("providers/ecommerce/shopify-basic")
    expect(editor.page.get_by_label("Change note")).to_have_value("The fair of autumn")
    other.open_entry("provider", "Shopify Basic")
    expect(other.page.get_by_label("Best for")).to_have_value("Small shops")
    other.open_entry("provider", "Snipcart")
    expect(other.page.get_by_label("Best for")).not_to_have_value("Large shops")


def test_two_providers_are_edited_together_after_a_preview(sign_in: SignIn) -> None:
    editor = sign_in(EDITOR)
    editor.page.goto("/admin/catalog/provider/?provider_type=source")
    for name in ("Archive from the web", "Archive in S3"):
        editor.page.get_by_role("row", name=name).get_by_role("checkbox").check()
    editor.says("2 of 6 selected")
    editor.page.get_by_label("Select action to run").select_option("Edit fields of the selected")
    editor.press("Run")

    editor.page.get_by_label("What to do with Complexity").select_option("Set to")
    editor.press("Show what would change")
    expect(editor.page.get_by_role("alert")).to_have_text("Give a value.")
    editor.page.get_by_label("Value of Complexity").select_option("High")
    editor.press("Show what would change")

    expect(editor.page.get_by_role("heading", name="2 entries would change; nothing is written yet")).to_be_visible()
    expect(editor.page.get_by_role("row", name="Complexity")).to_have_count(2)
    editor.fill("Change note", "Archives are for developers")
    editor.press("Save 2 drafts")
    editor.says("2 providers changed; each has a new draft revision to approve.")
    for name in ("Archive from the web", "Archive in S3"):
        editor.open_entry("provider", name)
        expect(editor.page.get_by_label("Complexity")).to_have_value("high")


def export_shops(person: Person, path: Path) -> Path:
    """The list of shops, filtered and taken as CSV as a person does."""
    person.page.goto("/admin/")
    person.choose("Providers")
    person.page.get_by_text("Filters", exact=True).click()
    person.page.get_by_label("Type").select_option("E-commerce")
    person.press("Apply filters")
    person.says("3 providers")
    person.page.get_by_text("Export", exact=True).click()
    with person.page.expect_download() as download:
        person.follow("CSV")
    download.value.save_as(path)
    return path


def change_cell(file: Path, *, name: str, column: str, value: str) -> None:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row["display_name"] == name:
            row[column] = value
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def upload(person: Person, file: Path) -> None:
    person.choose("Import")
    person.page.get_by_label("CSV, Excel (XLSX) or JSON file").set_input_files(file)
    person.press("Check the file")

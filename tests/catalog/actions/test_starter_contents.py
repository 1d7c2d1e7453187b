"""What the starter catalogue holds: everything that was promised, with config schemas that work."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog.actions.starter import STARTER_FOLDER, StarterFile, load_starter_catalog, read_starter_files
from catalog.documents.mapping import references_of
from catalog.publishing.stores.configured import open_store
from catalog.schemas.validation import Judge, config_schema_problems, judge
from tests.factories import SANITY, publish

FILES = read_starter_files()
CONFIGURED = [file for file in FILES if "config_schema" in file.document]
# The example of a manifest in the source document.
PROMISED = {
    "providers/cms": ["decap", "sanity", "tina", "contentful"],
    "providers/ecommerce": ["snipcart", "foxy", "shopify-basic"],
    "providers/ssg": ["hugo", "gatsby", "nextjs", "nuxt", "eleventy", "astro", "jekyll"],
    "stacks/templates": ["hugo-template", "gatsby-template", "nextjs-template", "nuxt-template"],
    "stacks/foundation": ["marketing", "developer", "modern-performance"],
    "stacks/cms-tiers": ["decap-cms-tier", "sanity-cms-tier", "tina-cms-tier", "contentful-cms-tier"],
    "stacks/ecommerce-tiers": ["snipcart-ecommerce", "foxy-ecommerce", "shopify-basic-ecommerce"],
    "stacks/composed": ["cms-ecommerce-composed"],
}
per_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.key)
per_configured = pytest.mark.parametrize("file", CONFIGURED, ids=lambda file: file.key)


@pytest.mark.parametrize("group", PROMISED)
def test_every_promised_name_is_there(group: str) -> None:
    names = {file.key.removeprefix(f"{group}/") for file in FILES if file.key.startswith(f"{group}/")}

    assert names == set(PROMISED[group])


def test_sanity_example_stands_there_with_its_values() -> None:
    (document,) = [file.document for file in FILES if file.key == "providers/cms/sanity"]

    assert {name: document[name] for name in SANITY} == SANITY


def test_every_file_of_the_folder_is_read() -> None:
    assert len(FILES) == len(list(STARTER_FOLDER.rglob("*.json")))


@per_file
def test_file_refers_to_files_only(file: StarterFile) -> None:
    keys = {other.key for other in FILES}

    assert [key for _, key in references_of(file.document) if key not in keys] == []


@per_file
def test_file_has_what_a_list_shows(file: StarterFile) -> None:
    shown = {"display_name", "description", "icon", "best_for"}

    assert shown - file.document.keys() == set()


@per_configured
def test_config_schema_is_valid(file: StarterFile) -> None:
    schema = file.document["config_schema"]

    assert config_schema_problems(schema) == []
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(schema.get("x-order", schema["properties"])) == set(schema["properties"])


@per_configured
def test_defaults_of_config_schema_satisfy_it(file: StarterFile) -> None:
    schema = file.document["config_schema"]
    defaults = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}

    # What has no default is missing here, and that is fine.
    assert [problem for problem in judge(validator(schema), defaults) if problem.code != "required"] == []


@per_configured
def test_examples_of_config_schema_satisfy_it(file: StarterFile) -> None:
    wrong = {
        name: problems
        for name, part in file.document["config_schema"]["properties"].items()
        for example in part.get("examples", [])
        if (problems := judge(validator(part), example))
    }

    assert wrong == {}


@pytest.mark.parametrize("file", [f for f in FILES if f.kind == "builder" or "/source/" in f.key], ids=lambda f: f.key)
def test_builder_and_source_names_a_backend_and_a_config_schema(file: StarterFile) -> None:
    assert {"backend", "config_schema"} - file.document.keys() == set()


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """Filled by the first test that publishes; each file is then looked up in it."""
    return {}


@pytest.mark.django_db
@per_file
def test_file_loads_and_publishes_as_it_stands(file: StarterFile, published: dict[str, Any]) -> None:
    if not published:
        load_starter_catalog()
        publish()
        for other in FILES:
            stored = open_store().get(f"{other.key}.json")
            published[other.key] = stored and json.loads(stored.content)

    document = published[file.key]

    assert document.pop("serial") == 1
    assert document.pop("last_updated")
    assert document == file.document


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Judge(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

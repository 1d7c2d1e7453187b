"""What the starter catalogue holds: everything that was promised, with config schemas that work."""

import json
import re
from operator import attrgetter
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
# The example of a manifest in the source document, and what brings source code and builds it.
PROMISED = {
    "providers/cms": ["decap", "sanity", "tina", "contentful"],
    "providers/ecommerce": ["snipcart", "foxy", "shopify-basic"],
    "providers/ssg": ["hugo", "gatsby", "nextjs", "nuxt", "eleventy", "astro", "jekyll"],
    "stacks/templates": ["hugo-template", "gatsby-template", "nextjs-template", "nuxt-template"],
    "stacks/foundation": ["marketing", "developer", "modern-performance"],
    "stacks/cms-tiers": ["decap-cms-tier", "sanity-cms-tier", "tina-cms-tier", "contentful-cms-tier"],
    "stacks/ecommerce-tiers": ["snipcart-ecommerce", "foxy-ecommerce", "shopify-basic-ecommerce"],
    "stacks/composed": ["cms-ecommerce-composed"],
    "providers/source": ["github", "git", "upload", "http-archive", "s3-archive", "inline"],
    "builders": [
        *("static", "hugo", "jekyll", "eleventy", "astro", "nextjs", "gatsby", "nuxt"),
        *("command", "dockerfile", "site-image"),
    ],
}
KEY = attrgetter("key")
SECRET_NAME = re.compile(r"token|secret(?!Environment)|password|(signing|webhook|access|api)Key", re.IGNORECASE)
# Browsers see them, so their providers do not call them secret.
SHOWN_TO_ALL = {"publicStorefrontToken", "publicApiKey", "buildSecrets"}
per_file = pytest.mark.parametrize("file", FILES, ids=KEY)
per_configured = pytest.mark.parametrize("file", CONFIGURED, ids=KEY)


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


@per_configured
def test_config_schema_explains_each_setting(file: StarterFile) -> None:
    settings = file.document["config_schema"]["properties"]

    assert {name: {"title", "description"} - part.keys() for name, part in settings.items()} == {
        name: set() for name in settings
    }


@per_configured
def test_config_schema_limits_each_text(file: StarterFile) -> None:
    settings = file.document["config_schema"]["properties"]
    texts = {name: part for name, part in settings.items() if part["type"] == "string"}

    assert [name for name, part in texts.items() if not part.keys() & {"pattern", "enum"}] == []


@per_configured
def test_what_is_secret_is_a_reference_to_a_stored_secret(file: StarterFile) -> None:
    settings = file.document["config_schema"]["properties"]
    secret = {name: part for name, part in settings.items() if SECRET_NAME.search(name) and name not in SHOWN_TO_ALL}

    assert {name: part.get("format") for name, part in secret.items()} == dict.fromkeys(secret, "secret")


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.kind in ("provider", "stack") and "/source/" not in f.key], ids=KEY
)
def test_what_is_sold_says_for_whom_and_for_how_much(file: StarterFile) -> None:
    promised = {"monthly_cost_range", "setup_cost_range", "target_market", "key_features", "complexity_level"}

    assert promised - file.document.keys() == set()
    assert "config_schema" in file.document or not file.key.startswith(("providers/cms/", "providers/ecommerce/"))


@pytest.mark.parametrize("file", [f for f in FILES if f.kind == "builder" or "/source/" in f.key], ids=KEY)
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

"""The released schema files: well-formed, self-contained, and never changed."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from catalog.schemas.library import CURRENT_VERSIONS, RELEASED, load_schema, schema_at

# A file that is listed here has been read by clients: put a new version beside it instead of changing it.
DIGESTS = {
    "builder-1.0.0.json": "fcb3d78c02c48000708ac7efb26504f677d563d4fcd3bac6cd0d1eee3187f55b",
    "current-1.0.0.json": "9822d146ac45bbc266b5c6df5e8d986c4fffa0e9f966710498a4c9ae23aed12f",
    "index-1.0.0.json": "bc6f0c0da28d954c177fe52df1c5dd5d2ce4f575bd1361e317c550a62618b698",
    "keys-1.0.0.json": "1993ee59b4f9f963b8a5a739dce2f3f969fd1f8c72c0172395526d78fd8bd537",
    "manifest-1.0.0.json": "262390cc8dc404cb230cdf649e7dbaee847650264832888f1cc9937a8175ca89",
    "pointer-1.0.0.json": "f0e9c10b49c2a93bcbace7304824355b26e45f8aeea123b9f5a62f6c8b3bba55",
    "pointer-1.1.0.json": "974d0fb7b9b1de2f592e400a1e250bcac1a92f3a68bbe0b9e8f9034357f710a1",
    "provider-1.0.0.json": "7680dd2f7ac57c1d8ee0293b124d5e409e3ab18fbaaa435b0f568490716048ec",
    "snapshot-1.0.0.json": "aa0751f848c7f7976818e4fa9317ff9cdce4e9d5d0ba80b4081c032d17000f34",
    "stack-1.0.0.json": "da9e206a46ce397a91e31920991e4a63618571f01cef875c137990a4c56af3a8",
}
FILES = sorted(RELEASED.glob("*"))


def test_released_schemas_never_change() -> None:
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in FILES} == DIGESTS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_released_schema_is_valid_2020_12(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_released_schema_is_named_after_its_address(path: Path) -> None:
    name, _, version = path.stem.rpartition("-")

    assert json.loads(path.read_text(encoding="utf-8"))["$id"] == f"schemas/{name}/{version}.json"


@pytest.mark.parametrize("name", ["provider", "builder", "stack"])
def test_document_schema_refuses_unknown_members_everywhere(name: str) -> None:
    schema = load_schema(name, CURRENT_VERSIONS[name])

    assert schema["additionalProperties"] is False
    assert schema["properties"]["schema_version"] == {"title": "Schema version", "const": CURRENT_VERSIONS[name]}


@pytest.mark.parametrize("name", sorted(CURRENT_VERSIONS))
def test_current_version_of_every_schema_is_released(name: str) -> None:
    assert load_schema(name, CURRENT_VERSIONS[name])["$id"] == f"schemas/{name}/{CURRENT_VERSIONS[name]}.json"


@pytest.mark.parametrize(("name", "version"), [("provider", "0.0.1"), ("nothing", "1.0.0"), ("../starter", "1.0.0")])
def test_load_schema_refuses_what_was_never_released(name: str, version: str) -> None:
    with pytest.raises(KeyError):
        load_schema(name, version)


def test_schema_at_public_address_has_it_in_its_id_and_nothing_else_differs() -> None:
    local = load_schema("provider", "1.0.0")

    published = schema_at("provider", "1.0.0", public_url="https://registry.test")

    assert published["$id"] == "https://registry.test/schemas/provider/1.0.0.json"
    assert {**published, "$id": local["$id"]} == local
    assert schema_at("provider", "1.0.0", public_url="") == local

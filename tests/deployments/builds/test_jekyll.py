from pathlib import Path

import pytest

from deployments.builds.jekyll import Jekyll
from deployments.contract import PermanentError
from tests.deployments.builds.boxed import BoxedContext, names_in, source_of
from tests.deployments.tools import needs, needs_sandbox

SITE = {
    "_config.yml": "title: Bakery\n",
    "_layouts/page.html": "<h1>{{ site.title }} {{ jekyll.environment }} {{ site.baseurl }}</h1>{{ content }}",
    "index.md": "---\nlayout: page\n---\nGood **bread**.\n",
    "_posts/2020-01-01-first.md": "---\nlayout: page\n---\nFirst.\n",
    "_posts/2999-01-01-later.md": "---\nlayout: page\n---\nLater.\n",
    "_drafts/draft.md": "---\nlayout: page\n---\nDraft.\n",
}

pytestmark = [pytest.mark.tools, needs_sandbox, needs(jekyll="jekyll")]


def test_site_is_built(tree: Path, into: Path, context: BoxedContext) -> None:
    Jekyll().build(source_of(tree, SITE), {}, into, context)
    assert names_in(into) == ["2020/01/01/first.html", "index.html"]
    assert (into / "index.html").read_text() == ("<h1>Bakery production </h1><p>Good <strong>bread</strong>.</p>\n")


def test_config_chooses_folder_settings_environment_and_posts(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, {f"website/{name}": text for name, text in {**SITE, "_extra.yml": "title: Shop"}.items()})
    config = {
        "sourceFolder": "website",
        "configFiles": ["_config.yml", "_extra.yml"],
        "baseUrl": "/docs",
        "environment": "staging",
        "buildDrafts": True,
        "buildFuture": True,
    }
    Jekyll().build(source, config, into, context)
    assert [name.rpartition("/")[2] for name in names_in(into)] == [
        "first.html",
        "draft.html",
        "later.html",
        "index.html",
    ]
    assert (into / "index.html").read_text().startswith("<h1>Shop staging /docs</h1>")


def test_plugins_of_the_site_are_not_run_and_links_are_not_followed(
    tree: Path, into: Path, context: BoxedContext
) -> None:
    source = source_of(tree, {**SITE, "_plugins/evil.rb": "File.write('ran', 'x'); puts 'evil ran'"})
    (tree / "users.txt").symlink_to("/etc/passwd")
    Jekyll().build(source, {}, into, context)
    assert ((tree / "ran").exists(), "users.txt" in names_in(into), "evil ran" in context.lines) == (
        False,
        False,
        False,
    )


def test_site_without_settings_but_with_a_gemfile_is_built(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, {"index.md": "---\n---\nhello", "Gemfile": "gem 'no-such-gem'"})
    Jekyll().build(source, {}, into, context)
    assert (into / "index.html").read_text() == "<p>hello</p>\n"


def test_broken_page_fails_with_jekylls_own_words(tree: Path, into: Path, context: BoxedContext) -> None:
    with pytest.raises(PermanentError, match="jekyll ended with status 1"):
        Jekyll().build(source_of(tree, {"index.md": "---\n---\n{% nonsense %}"}), {}, into, context)
    assert any("nonsense" in line for line in context.lines)


@pytest.mark.parametrize(
    ("files", "confidence"),
    [
        ({"_config.yml": "", "Gemfile": "gem 'jekyll'"}, 5),
        ({"_config.yml": "", "_posts/a.md": ""}, 4),
        ({"_config.yml": "", "_posts/a.md": "", "package.json": "{}"}, None),
        ({"_config.yml": ""}, None),
    ],
)
def test_jekyll_site_is_detected(tree: Path, files: dict[str, str], confidence: int | None) -> None:
    source_of(tree, files)
    found = Jekyll().detect(tree)
    assert (found and found.confidence) == confidence

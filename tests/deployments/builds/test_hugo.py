from contextlib import suppress
from pathlib import Path

import pytest

from deployments.builds.hugo import Hugo
from deployments.contract import PermanentError
from tests.deployments.builds.boxed import BoxedContext, names_in, source_of
from tests.deployments.tools import needs, needs_sandbox

SITE = {
    "hugo.toml": 'title = "Bakery"\nbaseURL = "https://old.test/"\n'
    'disableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n',
    "layouts/_default/baseof.html": '<a href="{{ .Permalink }}">{{ block "main" . }}{{ end }}</a>\n\n',
    "layouts/_default/single.html": '{{ define "main" }}{{ .Content }}{{ end }}',
    "layouts/index.html": '{{ define "main" }}{{ site.Title }} {{ hugo.Environment }}{{ end }}',
    "content/bread.md": "---\ntitle: Bread\n---\nGood **bread**.\n",
    "content/draft.md": "---\ntitle: Draft\ndraft: true\n---\n",
    "content/later.md": "---\ntitle: Later\ndate: 2999-01-01\n---\n",
}

pytestmark = [pytest.mark.tools, needs_sandbox, needs(hugo="hugo")]


def test_site_is_built(tree: Path, into: Path, context: BoxedContext) -> None:
    Hugo().build(source_of(tree, SITE), {}, into, context)
    assert names_in(into) == ["bread/index.html", "index.html"]
    assert (into / "index.html").read_text().strip() == "<a href=https://old.test/>Bakery production</a>"


def test_config_chooses_folder_address_environment_and_pages(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, {f"website/{name}": text for name, text in SITE.items()})
    config = {
        "sourceFolder": "website",
        "baseUrl": "https://new.test/shop/",
        "environment": "staging",
        "minify": False,
        "buildDrafts": True,
        "buildFuture": True,
    }
    Hugo().build(source, config, into, context)
    assert names_in(into) == ["bread/index.html", "draft/index.html", "index.html", "later/index.html"]
    assert (into / "index.html").read_text() == '<a href="https://new.test/shop/">Bakery staging</a>\n\n'


def test_same_source_gives_the_same_bytes(tree: Path, into: Path, context: BoxedContext, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    source = source_of(tree, SITE)
    Hugo().build(source, {}, into, context)
    Hugo().build(source, {}, again, context)
    assert {name: (into / name).read_bytes() for name in names_in(into)} == {
        name: (again / name).read_bytes() for name in names_in(again)
    }


def test_broken_page_fails_with_hugos_own_words(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, {**SITE, "layouts/index.html": "{{ nonsense }}"})
    with pytest.raises(PermanentError, match="hugo ended with status") as caught:
        Hugo().build(source, {}, into, context)
    assert (caught.value.hint, any("nonsense" in line for line in context.lines)) == ("The log says why.", True)


@pytest.mark.parametrize("template", ['{{ readFile "/etc/passwd" }}', '{{ readFile "../../../../etc/passwd" }}'])
def test_template_cannot_read_this_host(tree: Path, into: Path, context: BoxedContext, template: str) -> None:
    source = source_of(tree, {**SITE, "layouts/index.html": f"read: {template}"})
    with suppress(PermanentError):
        Hugo().build(source, {}, into, context)
    assert [(into / name).read_text().strip() for name in names_in(into) if name == "index.html"] in ([], ["read:"])


def test_content_linked_from_this_host_is_not_published(tree: Path, into: Path, context: BoxedContext) -> None:
    source = source_of(tree, SITE)
    (tree / "static").mkdir()
    (tree / "static" / "users.txt").symlink_to("/etc/shadow")
    (tree / "content" / "users.md").symlink_to("/etc/passwd")
    with suppress(PermanentError):
        Hugo().build(source, {}, into, context)
    text = "".join((into / name).read_text() for name in names_in(into))
    assert ("daemon" in text, "users.txt" in names_in(into)) == (False, False)


def test_hugo_that_is_missing_is_named(
    tree: Path, into: Path, context: BoxedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.builds.programs.PATH", "/nowhere")
    with pytest.raises(PermanentError, match="There is no hugo on this worker") as caught:
        Hugo().build(source_of(tree, SITE), {}, into, context)
    assert "Debian package hugo" in caught.value.hint


@pytest.mark.parametrize(
    ("files", "confidence"),
    [
        (["hugo.toml"], 5),
        (["config/_default/hugo.toml"], 5),
        (["config.toml", "content/a.md"], 4),
        (["config.toml"], None),
        (["content/a.md"], None),
    ],
)
def test_hugo_site_is_detected(tree: Path, files: list[str], confidence: int | None) -> None:
    source_of(tree, dict.fromkeys(files, ""))
    found = Hugo().detect(tree)
    assert (found and found.confidence) == confidence

"""Puts a finished website into a container image that serves it; needs no container tools unless a base image is named.

The standard image is the worker's statically linked busybox, whose httpd runs as nobody.
"""

import platform
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from deployments.builds.images import fetch_image
from deployments.builds.oci import ARCHITECTURES, EPOCH, Entry, Layer, Layout, blob_of, read_image
from deployments.builds.programs import is_static, new_folder
from deployments.builds.schemas import LINE_PATTERN, flag, named, with_defaults
from deployments.builds.trees import copy_site, folder_in, has
from deployments.configs.schemas import config_of, folder
from deployments.contract import BackendInfo, BuildBackend, Context, Detection, Kind, PermanentError, Source

NOBODY = "65534:65534"
BUSYBOX = Path("/bin/busybox")
SERVER_SETTINGS = "/etc/httpd.conf"
# What busybox does not know by itself.
TYPES = {
    "avif": "image/avif",
    "js": "text/javascript",
    "json": "application/json",
    "mjs": "text/javascript",
    "svg": "image/svg+xml",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
}
LEFT_OUT = (".git", "node_modules")


class SiteImage(BuildBackend):
    """The image's digest is the same for the same files, config and revision."""

    info: ClassVar[BackendInfo] = BackendInfo(
        key="site-image",
        version="1.0.0",
        name="Website as an image",
        summary="Puts a finished website into a container image that serves it.",
        icon="package",
        category="container",
        schema=config_of(
            {
                "outputFolder": folder(
                    "Website folder",
                    "Folder of the source that holds the finished website. A dot stands for the whole source.",
                    default=".",
                    examples=[".", "public"],
                ),
                "baseImage": {
                    "type": "string",
                    "title": "Base image",
                    "description": "Image with the web server that the files are added to, best pinned by its digest. "
                    "Leave it out for the standard one.",
                    "pattern": r"^[a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
                    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",
                    "maxLength": 500,
                    "examples": ["registry.example.com/web/nginx:1.28"],
                },
                "documentRoot": {
                    "type": "string",
                    "title": "Folder in the image",
                    "description": "Where the web server of the image looks for the files.",
                    "pattern": "^(/[A-Za-z0-9._-]+)+$",
                    "not": {"pattern": r"/\.{1,2}(/|$)"},
                    "maxLength": 300,
                    "default": "/srv/www",
                    "examples": ["/srv/www", "/usr/share/nginx/html"],
                },
                "port": {
                    "type": "integer",
                    "title": "Port",
                    "description": "Port that the image's web server listens on.",
                    "minimum": 1024,
                    "maximum": 65535,
                    "default": 8080,
                },
                "spaFallback": flag(
                    "Single-page application",
                    "Answer unknown addresses with the start page, so that the application's own routes work.",
                    default=False,
                ),
                "labels": named(
                    "Labels",
                    "Notes on the image for the systems that run it.",
                    names="^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?$",
                    most=50,
                    values={
                        "type": "string",
                        "title": "Value",
                        "description": "Value of the label.",
                        "pattern": LINE_PATTERN,
                        "maxLength": 1000,
                    },
                    default={},
                    examples=[{"org.opencontainers.image.vendor": "Bakery Inc."}],
                ),
            }
        ),
    )
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.TREE})
    produces: ClassVar[Kind] = Kind.IMAGE

    def detect(self, tree: Path) -> Detection | None:
        if has(tree, "index.html") and not has(tree, "package.json"):
            return Detection(1, {"outputFolder": "."}, "There is an index.html at the top.")
        return None

    def build(self, source: Source, config: Mapping[str, Any], into: Path, context: Context) -> None:
        chosen = with_defaults(self.info.schema, config)
        published = folder_in(source.path, chosen["outputFolder"], what="website folder")
        site = new_folder(context, "site")
        if not copy_site(published, site, tree=source.path, check=context.check, exclude=LEFT_OUT).files:
            raise PermanentError("The website folder is empty.", hint="Choose the folder that the website is in.")
        layout = Layout(into)
        image, layers = _base(chosen, layout, into, context)
        added = layout.add_layer(_site_entries(site, chosen["documentRoot"]), check=context.check)
        digest = layout.finish(_with(image, added, chosen, source), [*layers, added.descriptor])
        context.log(f"Made the image {digest}.")


def _base(
    chosen: Mapping[str, Any], layout: Layout, into: Path, context: Context
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """Config and layers of the image that the site is added to; their blobs are in the layout."""
    if "baseImage" not in chosen:
        server = layout.add_layer(_server_entries(chosen), check=context.check)
        return _standard_image(chosen, server), [server.descriptor]
    fetched = new_folder(context, "base") / "image"
    fetch_image(chosen["baseImage"], fetched, context)
    image, layers = read_image(fetched)
    for layer in layers:
        shutil.copyfile(blob_of(fetched, layer["digest"]), blob_of(into, layer["digest"]))
    if chosen["spaFallback"]:
        image.setdefault("config", {}).setdefault("Env", []).append("SPA_FALLBACK=1")
        context.log("The base image's server has to know what SPA_FALLBACK=1 in its environment means.")
    return image, list(layers)


def _standard_image(chosen: Mapping[str, Any], server: Layer) -> dict[str, Any]:
    machine = platform.machine()
    command = ["/bin/busybox", "httpd", "-f", "-p", str(chosen["port"]), "-h", chosen["documentRoot"]]
    return {
        "architecture": ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {"Entrypoint": [*command, "-c", SERVER_SETTINGS], "User": NOBODY, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [server.diff_id]},
        "history": [{"created": EPOCH, "created_by": "web server"}],
    }


def _with(image: dict[str, Any], added: Layer, chosen: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """The image's config with one more layer. No clock in it: the same site is the same image."""
    settings = image.setdefault("config", {})
    settings["ExposedPorts"] = {**(settings.get("ExposedPorts") or {}), f"{chosen['port']}/tcp": {}}
    revision = {"org.opencontainers.image.revision": source.revision}
    settings["Labels"] = {**(settings.get("Labels") or {}), **revision, **chosen["labels"]}
    image["created"] = EPOCH
    image["rootfs"]["diff_ids"].append(added.diff_id)
    image.setdefault("history", []).append({"created": EPOCH, "created_by": "website"})
    return image


def _site_entries(site: Path, root: str) -> Iterator[Entry]:
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        yield Entry(f"{root}/{path.relative_to(site).as_posix()}", path)


def _server_entries(chosen: Mapping[str, Any]) -> Iterator[Entry]:
    if not is_static(BUSYBOX):
        raise PermanentError(
            "The standard image cannot be made on this worker: it has no statically linked busybox.",
            hint="Name a base image, or ask for the Debian package busybox-static to be installed.",
        )
    yield Entry("/bin/busybox", BUSYBOX, is_program=True)
    lines = [f".{suffix}:{kind}" for suffix, kind in TYPES.items()]
    if chosen["spaFallback"]:
        lines.append(f"E404:{chosen['documentRoot']}/index.html")
    yield Entry(SERVER_SETTINGS, "\n".join([*lines, ""]).encode())

"""Source `http-archive`: an archive at an address, whose checksum is known."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from catalog.schemas.problems import Problem, pointer_to
from deployments.configs.schemas import config_of
from deployments.contract import BackendInfo, Context, Kind, Source, SourceBackend
from deployments.network.urls import show_url
from deployments.sources.archives.limits import LIMITS
from deployments.sources.packed import check_digest, unpack_source
from deployments.sources.rules import configured_rules
from deployments.sources.schemas import HOST_PATTERN, SHA256, STRIP, SUBFOLDER
from deployments.sources.web import check_status, open_web

SCHEMA = config_of(
    {
        "url": {
            "type": "string",
            "title": "Archive address",
            "description": "Address of the zip or tar.gz file; it is stored readably.",
            "format": "uri",
            "pattern": rf"^https?://{HOST_PATTERN}/[A-Za-z0-9._~%!$&'()*+,;=:@/?-]+$",
            "maxLength": 2000,
        },
        "sha256": SHA256,
        "stripComponents": STRIP,
        "subfolder": SUBFOLDER,
    },
    required=["url", "sha256"],
)


class HttpArchive(SourceBackend):
    """Downloads, compares the checksum, unpacks."""

    info: ClassVar = BackendInfo(
        key="http-archive",
        version="1.0.0",
        name="Archive from the web",
        summary="Downloads a zip or tar.gz archive whose checksum is known.",
        schema=SCHEMA,
        icon="cloud-download",
        category="archive",
    )
    produces: ClassVar = frozenset({Kind.TREE})

    def check_config(self, config: Mapping[str, Any]) -> list[Problem]:
        problem = configured_rules().problem_of(config["url"])
        return [Problem(pointer_to(["url"]), "address", problem)] if problem else []

    def resolve(self, config: Mapping[str, Any], context: Context) -> str:
        """The checksum that is expected. No network."""
        return f"sha256:{config['sha256']}"

    def fetch(self, config: Mapping[str, Any], revision: str, into: Path, context: Context) -> Source:
        url = config["url"]
        context.log(f"Downloading {show_url(url)}")
        with TemporaryDirectory(dir=context.work) as folder:
            archive = Path(folder) / "archive"
            with open_web(context) as web, web.open_url(url) as response:
                check_status(response, url)
                found = web.save_body(response, archive, most=LIMITS.archive_bytes)
            check_digest(found, revision.removeprefix("sha256:"))
            return unpack_source(archive, config, revision, into, context)

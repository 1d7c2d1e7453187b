"""Backends that fetch source code."""

from deployments.backends import Registry
from deployments.contract import SourceBackend

SOURCES: Registry[SourceBackend] = Registry(
    "registry.sources",
    {
        "git@1": "deployments.sources.git:Git",
        "github@1": "deployments.sources.github:GitHub",
        "http-archive@1": "deployments.sources.http_archive:HttpArchive",
        "inline@1": "deployments.sources.inline:Inline",
        "s3-archive@1": "deployments.sources.s3_archive:S3Archive",
        "upload@1": "deployments.sources.upload:Upload",
    },
    contract=SourceBackend,
)


def get_source(spec: str) -> SourceBackend:
    """A new instance of the source backend `key@major`. Raises BackendMissingError."""
    return SOURCES.get(spec)

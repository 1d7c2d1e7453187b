"""Backends that turn source into something deployable."""

from deployments.backends import Registry
from deployments.contract import BuildBackend

BUILDS: Registry[BuildBackend] = Registry(
    "registry.builds",
    {
        "command@1": "deployments.builds.command:Command",
        "dockerfile@1": "deployments.builds.dockerfile:Dockerfile",
        "hugo@1": "deployments.builds.hugo:Hugo",
        "jekyll@1": "deployments.builds.jekyll:Jekyll",
        "site-image@1": "deployments.builds.site_image:SiteImage",
        "static@1": "deployments.builds.static:Static",
    },
    contract=BuildBackend,
)


def get_build(spec: str) -> BuildBackend:
    """A new instance of the build backend `key@major`. Raises BackendMissingError."""
    return BUILDS.get(spec)

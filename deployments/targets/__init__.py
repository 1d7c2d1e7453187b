"""Backends that make an artifact live."""

from deployments.backends import Registry
from deployments.contract import TargetBackend

TARGETS: Registry[TargetBackend] = Registry(
    "registry.targets",
    {
        "directory@1": "deployments.targets.directory:Directory",
        "null@1": "deployments.targets.null:Null",
        "oci-registry@1": "deployments.targets.oci_registry:OciRegistry",
        "s3@1": "deployments.targets.s3:S3",
    },
    contract=TargetBackend,
)


def get_target(spec: str) -> TargetBackend:
    """A new instance of the target backend `key@major`. Raises BackendMissingError."""
    return TARGETS.get(spec)

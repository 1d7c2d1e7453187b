"""Rows of services and deployments."""

from deployments.models.connections import BackendKind, Connection
from deployments.models.deployments import (
    QUEUED,
    RUNNING,
    TERMINAL,
    Artifact,
    Deployment,
    DeploymentKind,
    DeploymentState,
    ErrorKind,
    LogLine,
)
from deployments.models.hooks import Flavour, Hook, HookDelivery, Outcome, SeenSignature
from deployments.models.looks import MAX_LOOKS, UNDER_WAY, Look, LookState
from deployments.models.secrets import Secret
from deployments.models.services import Service
from deployments.models.uploads import Upload

__all__ = [
    "MAX_LOOKS",
    "QUEUED",
    "RUNNING",
    "TERMINAL",
    "UNDER_WAY",
    "Artifact",
    "BackendKind",
    "Connection",
    "Deployment",
    "DeploymentKind",
    "DeploymentState",
    "ErrorKind",
    "Flavour",
    "Hook",
    "HookDelivery",
    "LogLine",
    "Look",
    "LookState",
    "Outcome",
    "Secret",
    "SeenSignature",
    "Service",
    "Upload",
]

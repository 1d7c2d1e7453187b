"""What the configs of several targets share."""

from deployments.configs.schemas import Schema

ADDRESS: Schema = {"type": "string", "format": "uri", "title": "Address", "description": "Where people find it."}

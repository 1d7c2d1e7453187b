"""Backends that turn source into something deployable."""

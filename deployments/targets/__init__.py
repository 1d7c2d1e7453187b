"""Backends that make an artifact live."""

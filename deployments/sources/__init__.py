"""Backends that fetch source code."""

"""Targets: where services go, which have no row in the catalogue."""

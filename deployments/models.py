"""Rows of services and deployments."""

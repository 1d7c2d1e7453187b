"""Configuring a service: what fits what, the forms of configs, and whether a config is right."""

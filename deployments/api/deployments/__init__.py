"""Deployments: asked for, listed, looked at, cancelled."""

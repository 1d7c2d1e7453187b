"""Publish, snapshots, rollback."""

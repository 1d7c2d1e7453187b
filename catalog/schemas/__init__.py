"""JSON Schemas of everything that is published, and the one judge of documents; pure, no database.

Files in `released/` are named `<name>-<version>.json` and never change once they have been published.
"""

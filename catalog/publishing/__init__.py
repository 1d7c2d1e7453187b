"""The publisher: from approved revisions to a tree of JSON files that readers trust.

plan (what changes) -> tree (paths and bytes) -> stores (where they go) -> publish (in which order) -> verify.
Signing, invalidation of the CDN, rollback and garbage collection have their place here too.
"""

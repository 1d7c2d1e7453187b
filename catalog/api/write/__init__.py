"""Endpoints that change things: entries, approvals, publishing. A working copy is changed, never what is live."""

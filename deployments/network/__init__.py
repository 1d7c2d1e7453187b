"""Connections to servers that people name: which may be reached, and reaching just those."""

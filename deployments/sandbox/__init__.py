"""Runs programs: somebody else's in a sandbox, our own tools as they are; masks what they say. No models here."""

"""Hard-coded dictionaries (`STACK_METADATA`): read without running them, mapped to documents and back; pure.

The rules are in docs/moving-in.md; programs that follow them without this code have theirs from there.
"""

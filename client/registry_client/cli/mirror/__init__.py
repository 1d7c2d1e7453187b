"""The published tree as files: making a copy of it, and proving one."""

"""Runs foreign commands, without the rights of this process."""

"""The registry's API as the commands use it."""

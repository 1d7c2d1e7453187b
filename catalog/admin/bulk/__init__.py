"""Many entries at once: files out, files in, and the same fields of a selection."""

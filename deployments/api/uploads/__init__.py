"""Archives that are sent in pieces, for programs."""

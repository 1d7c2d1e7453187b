"""Finding live providers: one query, and what answers it."""

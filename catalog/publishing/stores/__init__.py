"""Where the published tree is kept: one small interface, two implementations with the same guarantees."""

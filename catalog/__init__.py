"""The catalogue: what exists, and what is published."""

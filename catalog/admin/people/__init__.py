"""People, roles, and what they did."""

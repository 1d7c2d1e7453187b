"""The first page: what is live, what waits, what needs attention."""

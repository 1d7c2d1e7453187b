"""What is live, and what comes next, as programs read it."""

"""What is live, and what comes next, as programs read it. Views of writes at the same addresses inherit these."""

"""The rules: what to ask for next, and what to believe. Nothing here reads a socket, a file or a clock of its own."""

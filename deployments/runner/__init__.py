"""Takes one deployment from fetch to live."""

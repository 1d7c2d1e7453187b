"""Pages of services: the list, and each one with what can be done with it."""

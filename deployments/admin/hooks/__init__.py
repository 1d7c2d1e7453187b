"""The page of a service's hooks."""

"""Pages of the backends that services use."""

"""Pages of deployments: the list, and each one with its log while it runs."""

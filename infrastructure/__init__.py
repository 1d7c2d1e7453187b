"""What runs the registry on AWS: templates, what they cost, and the repository of a Git-managed registry."""

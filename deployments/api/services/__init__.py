"""Services: what people deploy, its past and its secrets."""

"""How the registry fares: probes, status and metrics, for whoever runs it."""

"""Using the catalogue: services that are fetched, built and made live."""

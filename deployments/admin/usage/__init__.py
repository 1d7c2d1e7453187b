"""The page of how providers and builders fare."""

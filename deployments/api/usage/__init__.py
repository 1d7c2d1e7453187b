"""How providers and builders fare, for programs."""

"""Every write that a person or a client asks for."""

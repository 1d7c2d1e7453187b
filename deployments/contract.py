"""What a backend is told and what it answers; imports no models."""

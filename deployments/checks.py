"""System checks of the deployment settings."""

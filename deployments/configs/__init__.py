"""What the configs of backends share: parts of their schemas, and what those name."""

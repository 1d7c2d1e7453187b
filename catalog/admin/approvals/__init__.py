"""What waits for approval, and the decisions."""

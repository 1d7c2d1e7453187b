"""Documents: the JSON form of one entry, its canonical bytes, and what differs between two of them; pure."""

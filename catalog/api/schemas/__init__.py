"""The schemas themselves: which there are, whether a document fits one, and whether two are compatible."""

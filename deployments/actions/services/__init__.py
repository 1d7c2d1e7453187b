"""Services as people and programs write them: drafts, whether they are right, saving, and their past."""

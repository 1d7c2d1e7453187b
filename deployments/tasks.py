"""Celery tasks, three lines each."""

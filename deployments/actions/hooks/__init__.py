"""Hooks: made and changed by people, and what they bring when something was pushed."""

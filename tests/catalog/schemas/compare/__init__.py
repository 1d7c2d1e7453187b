"""Tests of the comparison of schemas."""

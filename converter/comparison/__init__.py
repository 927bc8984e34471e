"""Comparison: the tables of both sides, asked the same requests."""

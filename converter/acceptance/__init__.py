"""Acceptance: what somebody has accepted, and whether a run succeeded."""

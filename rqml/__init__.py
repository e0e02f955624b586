"""Executable security requirements for machine-learning systems."""

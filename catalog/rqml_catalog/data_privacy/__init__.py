"""Data privacy: find, measure and repair personal data."""

"""Manage users of the desk, and keys and tokens of systems."""

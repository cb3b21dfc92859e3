"""Redact numbers and names that are dictated, spelt out or disguised."""

"""Redact personal data in texts; `text.redact` is the one way in.

A module each for a kind of data; persons' names are in `persons/`, numbers in words in `spelled_out/`. Word lists: `locales/`.
"""

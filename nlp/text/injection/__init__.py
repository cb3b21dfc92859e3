"""Detect instructions to a language model in a post."""

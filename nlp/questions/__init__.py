"""Classify posts: one folder a question, with a manifest.

What a question must do: `Question` in `core/config/protocols.py`.
"""

"""Classify posts: one file or folder a question, found by its name.

What a question must do: `Question` in `core/config/protocols.py`.
"""

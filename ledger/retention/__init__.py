"""Forget and erase posts, and keep erased posts erased."""

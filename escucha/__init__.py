"""Listen to public posts about a city, and follow them up.

Read `pipeline/__init__.py` first.
"""

"""Describe a panel: what it counts, its splits and its chart form.

There is one file per kind of split.
"""

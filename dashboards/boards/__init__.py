"""Define the panels, one file per dashboard.

A panel is one entry; `parts` has the splits and conditions they share.
"""

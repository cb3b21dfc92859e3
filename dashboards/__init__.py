"""Dashboards: one description of every panel, and four readings of it that must agree.

`panels` describes; `ask` turns a panel into a question to the search engine, `compute` counts the same from the ledger's facts in
plain Python, `charts` draws the rows, `kibana` writes the same panel for Kibana. `draw` does the desk's work: ask and draw.
"""

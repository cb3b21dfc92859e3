"""Describe each panel once and derive four representations that must agree.

`panels` describes them; `es_query` builds the search request and parses its answer, `expected` counts the same from the ledger's records
in plain Python, `render` draws charts and tables, `kibana` writes the same panel for Kibana. `render.dashboard` queries and draws for the
desk.
"""

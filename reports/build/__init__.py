"""Compute the numbers of a report from the ledger's records.

`numbers` collects them; `document/` puts them into sentences.
"""
